//! The token in the `Authorization` header, as RFC 6750 puts it there.

use std::{convert::Infallible, str::FromStr};

use warp::Filter;

/// What a request presents to show who makes it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Token(Option<String>);

impl Token {
    pub(super) fn as_str(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

impl FromStr for Token {
    type Err = Infallible;

    fn from_str(header: &str) -> Result<Self, Infallible> {
        let (scheme, token) = header.split_once(' ').unwrap_or_default();
        Ok(Self(scheme.eq_ignore_ascii_case("bearer").then(|| token.trim_matches(' ').to_owned())))
    }
}

/// The request's token; another scheme is none, and so is a header that is no text.
pub(super) fn token() -> impl Filter<Extract = (Token,), Error = Infallible> + Clone {
    warp::header::<Token>("authorization").or(warp::any().map(|| Token(None))).unify()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str) -> Option<String> {
        let Ok(Token(token)) = header.parse();
        token
    }

    #[test]
    fn the_scheme_is_taken_in_any_case() {
        for header in ["Bearer abc.def", "bearer abc.def", "BEARER  abc.def "] {
            assert_eq!(read(header).as_deref(), Some("abc.def"), "{header}");
        }
    }

    #[test]
    fn another_scheme_and_no_scheme_are_no_token() {
        for header in ["Basic abc", "abc", "", "Bearerabc", "Bearer"] {
            assert_eq!(read(header), None, "{header}");
        }
    }
}
