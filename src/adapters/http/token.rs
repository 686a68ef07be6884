//! The token in the `Authorization` header, as RFC 6750 puts it there.

use std::{convert::Infallible, fmt};

use hyper::{HeaderMap, Request, header::AUTHORIZATION};
use warp::Filter;

use crate::{
    adapters::{
        gate::{CHALLENGE, Gate},
        problem::{Code, Problem},
    },
    domain::Caller,
};

/// What a request presents to show who makes it.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) enum Token {
    #[default]
    None,
    Bearer(String),
    /// A header of another scheme, or one that is no text.
    AnotherScheme,
    /// Of two headers nobody knows which counts.
    Several,
}

impl Token {
    pub(crate) fn as_str(&self) -> Option<&str> {
        if let Self::Bearer(token) = self { Some(token) } else { None }
    }

    pub(crate) fn read(headers: &HeaderMap) -> Self {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let Some(value) = values.next() else { return Self::None };
        if values.next().is_some() {
            return Self::Several;
        }
        match value.to_str().ok().and_then(|text| text.split_once(' ')) {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
                Self::Bearer(token.trim_matches(' ').to_owned())
            }
            _ => Self::AnotherScheme,
        }
    }

    /// Who presents this. Where a token is needed, it says what is wrong with what came in its place.
    pub(super) async fn caller(&self, gate: &Gate) -> Result<Caller, Problem> {
        gate.caller(self.as_str()).await.map_err(|problem| match self {
            Self::AnotherScheme if problem.code() == Code::Unauthenticated => {
                let detail = "this call needs a token of the scheme Bearer: Authorization: Bearer, a space, the token";
                Problem::unauthenticated(detail, CHALLENGE)
            }
            Self::Several if problem.code() == Code::Unauthenticated => {
                let challenge = r#"Bearer realm="matchmaker", error="invalid_request""#;
                Problem::unauthenticated("a call has one Authorization header, and this one has several", challenge)
            }
            _ => problem,
        })
    }
}

/// What it holds is nobody's business.
impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if *self == Self::None { "Token(none)" } else { "Token(…)" })
    }
}

/// Reads the request's token where all of its headers can be seen: a filter sees the first of each name alone.
pub(super) fn carry_token<B>(request: &mut Request<B>) {
    if request.headers().contains_key(AUTHORIZATION) {
        let token = Token::read(request.headers());
        request.extensions_mut().insert(token);
    }
}

/// The token that [`carry_token`] read.
pub(super) fn token() -> impl Filter<Extract = (Token,), Error = Infallible> + Clone {
    warp::ext::optional::<Token>().map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    fn read(values: &[&[u8]]) -> Token {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_bytes(value).expect("a header's value"));
        }
        Token::read(&headers)
    }

    #[test]
    fn the_scheme_is_taken_in_any_case() {
        for header in ["Bearer abc.def", "bearer abc.def", "BEARER  abc.def "] {
            assert_eq!(read(&[header.as_bytes()]).as_str(), Some("abc.def"), "{header}");
        }
    }

    #[test]
    fn another_scheme_and_no_scheme_are_no_token() {
        for header in ["Basic abc", "abc", "", "Bearerabc", "Bearer"] {
            assert!(read(&[header.as_bytes()]) == Token::AnotherScheme, "{header}");
        }
    }

    #[test]
    fn a_header_that_is_no_text_or_comes_twice_is_no_token() {
        assert_eq!(read(&[b"Bearer abc\xff"]), Token::AnotherScheme);
        assert_eq!(read(&["Bearer abc\u{e9}".as_bytes()]), Token::AnotherScheme);
        assert_eq!(read(&[b"Bearer abc", b"Bearer abc"]), Token::Several);
        assert_eq!(read(&[b"Bearer abc", b"Basic abc"]), Token::Several);
        assert_eq!(read(&[]), Token::None);
    }

    #[test]
    fn a_token_is_not_shown() {
        let token = Token::Bearer("abc.def".to_owned());
        assert!(!format!("{token:?}").contains("abc"));
        assert_ne!(format!("{token:?}"), format!("{:?}", Token::default()));
    }
}
