use redis::Value;

use super::failure::Failure;

/// What a function answered: a list of texts.
#[derive(Debug)]
pub(super) struct Reply(std::vec::IntoIter<String>);

impl Reply {
    pub(super) fn read(value: Value) -> Result<Self, Failure> {
        let Value::Array(values) = value else { return Err(Failure::Unreadable(format!("{value:?}"))) };
        let texts: Result<Vec<String>, Failure> = values.into_iter().map(text).collect();
        Ok(Self(texts?.into_iter()))
    }

    /// The next text.
    pub(super) fn next(&mut self) -> Result<String, Failure> {
        self.0.next().ok_or_else(|| Failure::Unreadable("it ended too early".to_owned()))
    }

    /// The next text, which is a number.
    pub(super) fn number<T: std::str::FromStr>(&mut self) -> Result<T, Failure> {
        let text = self.next()?;
        text.parse().map_err(|_| Failure::Unreadable(text))
    }

    /// All texts that are left.
    pub(super) fn rest<T>(self, read: impl Fn(&str) -> Result<T, Failure>) -> Result<Vec<T>, Failure> {
        self.0.map(|text| read(&text)).collect()
    }

    /// When the server refused since the call came too late: the server's time, in microseconds.
    pub(super) fn late(&self) -> Option<u64> {
        match self.0.as_slice() {
            [late, time] if late == "late" => time.parse().ok(),
            _ => None,
        }
    }
}

fn text(value: Value) -> Result<String, Failure> {
    match value {
        Value::BulkString(bytes) => String::from_utf8(bytes).map_err(|error| Failure::Unreadable(error.to_string())),
        Value::SimpleString(text) => Ok(text),
        Value::Int(number) => Ok(number.to_string()),
        other => Err(Failure::Unreadable(format!("{other:?}"))),
    }
}
