//! Where in a stream of Redis's protocol a value ends, and what a command says.

use std::io;

use super::plan::Sent;

/// How many bytes the first value has; `None` while it is not complete.
pub(super) fn length(bytes: &[u8]) -> io::Result<Option<usize>> {
    let Some(line) = bytes.windows(2).position(|pair| pair == b"\r\n") else { return Ok(None) };
    let head = line + 2;
    let Some((&kind, rest)) = bytes[..line].split_first() else { return Err(invalid(bytes)) };
    let values = match kind {
        b'+' | b'-' | b':' | b'_' | b'#' | b',' | b'(' => return Ok(Some(head)),
        b'$' | b'!' | b'=' => {
            // Below zero it is a null, which has nothing after it.
            let whole = usize::try_from(number(rest)?).map_or(head, |length| head + length + 2);
            return Ok((bytes.len() >= whole).then_some(whole));
        }
        b'*' | b'~' | b'>' => usize::try_from(number(rest)?).unwrap_or_default(),
        b'%' => usize::try_from(number(rest)?).unwrap_or_default() * 2,
        // Attributes come before the value that they belong to.
        b'|' => usize::try_from(number(rest)?).unwrap_or_default() * 2 + 1,
        _ => return Err(invalid(bytes)),
    };
    let mut whole = head;
    for _ in 0..values {
        let Some(next) = length(&bytes[whole..])? else { return Ok(None) };
        whole += next;
    }
    Ok(Some(whole))
}

/// Whether this value was asked for by no command.
pub(super) fn is_push(value: &[u8]) -> bool {
    value.first() == Some(&b'>')
}

/// What a whole command says.
pub(super) fn command(bytes: &[u8]) -> Sent {
    let words: Vec<String> = words(bytes).into_iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect();
    let word = |index: usize| words.get(index).map_or("", String::as_str);
    let name = word(0).to_uppercase();
    let name = match name.as_str() {
        "FCALL" | "FCALL_RO" | "EVALSHA" | "EVALSHA_RO" => format!("FCALL {}", word(1)),
        _ => name,
    };
    Sent { name, words }
}

/// Whether what answers this command cannot be told apart from messages that nobody asked for.
pub(super) fn subscribes(name: &str) -> bool {
    name.ends_with("SUBSCRIBE")
}

/// The words of a whole command.
fn words(command: &[u8]) -> Vec<&[u8]> {
    let mut lines = command.splitn(2, |&byte| byte == b'\n');
    let (_, mut rest) = (lines.next(), lines.next().unwrap_or_default());
    let mut words = Vec::new();
    while let Ok(Some(whole)) = length(rest) {
        let head = rest.iter().position(|&byte| byte == b'\n').map_or(whole, |end| end + 1);
        words.push(rest.get(head..whole - 2).unwrap_or_default());
        rest = &rest[whole..];
    }
    words
}

fn number(bytes: &[u8]) -> io::Result<i64> {
    std::str::from_utf8(bytes).ok().and_then(|text| text.parse().ok()).ok_or_else(|| invalid(bytes))
}

fn invalid(bytes: &[u8]) -> io::Error {
    let shown = &bytes[..bytes.len().min(80)];
    io::Error::new(io::ErrorKind::InvalidData, format!("no value of the protocol: {}", shown.escape_ascii()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: [&str; 12] = [
        "+OK\r\n",
        "-ERR no\r\n",
        ":12\r\n",
        "$5\r\na\r\nb \r\n",
        "$-1\r\n",
        "*-1\r\n",
        "*0\r\n",
        "*2\r\n$1\r\na\r\n*1\r\n:1\r\n",
        ">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nb\r\n",
        "%1\r\n+a\r\n#t\r\n",
        "|1\r\n+a\r\n,1.5\r\n_\r\n",
        "=6\r\ntxt:ab\r\n",
    ];

    #[test]
    fn a_value_ends_where_it_ends_and_nowhere_before() {
        for value in VALUES {
            let bytes = format!("{value}+next\r\n");
            assert_eq!(length(bytes.as_bytes()).expect("a value"), Some(value.len()), "{value:?}");
            for part in 0..value.len() {
                assert_eq!(length(&value.as_bytes()[..part]).expect("the beginning of one"), None, "{value:?}");
            }
        }
        length(b"hello\r\n").expect_err("it is no value");
        length(b"$x\r\n").expect_err("it has no length");
    }

    #[test]
    fn a_command_is_called_by_its_name_and_by_the_function_that_it_calls() {
        assert_eq!(command(b"*1\r\n$4\r\nping\r\n").name, "PING");
        let call = command(b"*3\r\n$5\r\nfcall\r\n$4\r\nfind\r\n$5\r\nalice\r\n");
        assert_eq!(call.name, "FCALL find");
        assert!(call.says("alice") && !call.says("ali"));
        assert!(subscribes("SSUBSCRIBE") && !subscribes("PUBLISH"));
        assert!(is_push(b">1\r\n+a\r\n") && !is_push(b"+a\r\n"));
    }
}
