//! The token in the `Authorization` header, as RFC 6750 puts it there.

use std::{convert::Infallible, fmt};

use hyper::{HeaderMap, Request, header::AUTHORIZATION};
use warp::Filter;

/// What a request presents to show who makes it.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Token(Option<String>);

impl Token {
    pub(super) fn as_str(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// Another scheme is no token, a header that is no text neither, and of two nobody knows which counts.
    fn read(headers: &HeaderMap) -> Self {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let (Some(value), None) = (values.next(), values.next()) else { return Self(None) };
        let (scheme, token) = value.to_str().ok().and_then(|text| text.split_once(' ')).unwrap_or_default();
        Self(scheme.eq_ignore_ascii_case("bearer").then(|| token.trim_matches(' ').to_owned()))
    }
}

/// What it holds is nobody's business.
impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.0.is_some() { "Token(…)" } else { "Token(none)" })
    }
}

/// Reads the request's token where all of its headers can be seen: a filter sees the first of each name alone.
pub(super) fn with_token<B>(mut request: Request<B>) -> Request<B> {
    if request.headers().contains_key(AUTHORIZATION) {
        let token = Token::read(request.headers());
        request.extensions_mut().insert(token);
    }
    request
}

/// The token that [`with_token`] read.
pub(super) fn token() -> impl Filter<Extract = (Token,), Error = Infallible> + Clone {
    warp::ext::optional::<Token>().map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    fn read(values: &[&[u8]]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_bytes(value).expect("a header's value"));
        }
        Token::read(&headers).0
    }

    #[test]
    fn the_scheme_is_taken_in_any_case() {
        for header in ["Bearer abc.def", "bearer abc.def", "BEARER  abc.def "] {
            assert_eq!(read(&[header.as_bytes()]).as_deref(), Some("abc.def"), "{header}");
        }
    }

    #[test]
    fn another_scheme_and_no_scheme_are_no_token() {
        for header in ["Basic abc", "abc", "", "Bearerabc", "Bearer"] {
            assert_eq!(read(&[header.as_bytes()]), None, "{header}");
        }
    }

    #[test]
    fn a_header_that_is_no_text_or_comes_twice_is_no_token() {
        assert_eq!(read(&[b"Bearer abc\xff"]), None);
        assert_eq!(read(&["Bearer abc\u{e9}".as_bytes()]), None);
        assert_eq!(read(&[b"Bearer abc", b"Bearer abc"]), None);
        assert_eq!(read(&[b"Bearer abc", b"Basic abc"]), None);
        assert_eq!(read(&[]), None);
    }

    #[test]
    fn a_token_is_not_shown() {
        let token = Token(Some("abc.def".to_owned()));
        assert!(!format!("{token:?}").contains("abc"));
        assert_ne!(format!("{token:?}"), format!("{:?}", Token::default()));
    }
}
