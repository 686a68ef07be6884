//! What a Redis is asked, and what it answers, over one blocking connection.

use std::{
    fmt,
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use super::options::Login;

/// An answer in the protocol's second version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    Text(String),
    Error(String),
    Number(i64),
    Nothing,
    List(Vec<Reply>),
}

impl fmt::Display for Reply {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) | Self::Error(text) => formatter.write_str(text),
            Self::Number(number) => write!(formatter, "{number}"),
            Self::Nothing => Ok(()),
            Self::List(replies) => {
                let lines: Vec<String> = replies.iter().map(ToString::to_string).collect();
                formatter.write_str(&lines.join("\n"))
            }
        }
    }
}

/// One connection.
pub(crate) struct Connection(BufReader<TcpStream>);

impl Connection {
    /// Connects and logs in, if that is asked for; each step takes no longer than it may.
    pub(crate) fn open(address: SocketAddr, login: Option<&Login>, within: Duration) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, within)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(within))?;
        let mut connection = Self(BufReader::new(stream));
        if let Some(login) = login {
            let reply = connection.ask(&login.command())?;
            if let Reply::Error(error) = reply {
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, error));
            }
        }
        Ok(connection)
    }

    /// Sends a command and reads the answer.
    pub(crate) fn ask(&mut self, words: &[&str]) -> io::Result<Reply> {
        self.0.get_mut().write_all(&command(words))?;
        self.read()
    }

    fn read(&mut self) -> io::Result<Reply> {
        let mut line = String::new();
        self.0.read_line(&mut line)?;
        let line = line.strip_suffix("\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
        let (kind, rest) = line.split_at_checked(1).ok_or(io::ErrorKind::InvalidData)?;
        let number = || rest.parse::<i64>().map_err(io::Error::other);
        match kind {
            "+" => Ok(Reply::Text(rest.to_owned())),
            "-" => Ok(Reply::Error(rest.to_owned())),
            ":" => number().map(Reply::Number),
            "$" => match usize::try_from(number()?) {
                Ok(length) => self.read_text(length).map(Reply::Text),
                Err(_) => Ok(Reply::Nothing),
            },
            "*" => match usize::try_from(number()?) {
                Ok(length) => (0..length).map(|_| self.read()).collect::<io::Result<_>>().map(Reply::List),
                Err(_) => Ok(Reply::Nothing),
            },
            _ => Err(io::Error::new(io::ErrorKind::InvalidData, line)),
        }
    }

    fn read_text(&mut self, length: usize) -> io::Result<String> {
        let mut bytes = vec![0; length + 2];
        self.0.read_exact(&mut bytes)?;
        bytes.truncate(length);
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// A command as clients send it.
fn command(words: &[&str]) -> Vec<u8> {
    let words = words.iter().map(|word| format!("${}\r\n{word}\r\n", word.len()));
    [format!("*{}\r\n", words.len())].into_iter().chain(words).collect::<String>().into_bytes()
}
