use super::jws::MAX_TOKEN;

/// Why a token is not taken. Nothing of the token stands in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadToken {
    #[error("a token has at most {MAX_TOKEN} bytes")]
    TooLong,
    #[error("the token is no signed JWT: three parts in base64url with a dot between them")]
    Malformed,
    #[error("the token's header is no JSON object, or names a member twice")]
    Header,
    #[error("the token's header demands an extension (crit), and none is known here")]
    Critical,
    #[error("the token's algorithm (alg) is not one that this server has a key for")]
    Algorithm,
    #[error("the token's signature is not one of ours")]
    Signature,
    #[error("the token's claims are no JSON object, or name a claim twice")]
    Claims,
    #[error("the token needs an expiry (exp): the seconds since 1970 as a number, not negative")]
    Expiry,
    #[error("the token has expired")]
    Expired,
    #[error("the token's beginning (nbf) must be the seconds since 1970 as a number, not negative")]
    NotBefore,
    #[error("the token is not valid yet")]
    TooEarly,
    #[error("the token needs a subject (sub) that is a string")]
    Subject,
    #[error("the token's issuer (iss) is not the one that is expected here")]
    Issuer,
    #[error("the token is for another audience (aud)")]
    Audience,
    #[error("the token's scope is no string")]
    Scope,
}

#[cfg(feature = "testing")]
impl BadToken {
    /// Every one there is.
    pub(crate) const ALL: [Self; 15] = [
        Self::TooLong,
        Self::Malformed,
        Self::Header,
        Self::Critical,
        Self::Algorithm,
        Self::Signature,
        Self::Claims,
        Self::Expiry,
        Self::Expired,
        Self::NotBefore,
        Self::TooEarly,
        Self::Subject,
        Self::Issuer,
        Self::Audience,
        Self::Scope,
    ];
}
