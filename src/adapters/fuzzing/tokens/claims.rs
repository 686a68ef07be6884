use std::{collections::HashSet, fmt, sync::LazyLock};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Value, value::RawValue};

use super::{NOW, SECRET, authenticator, is_one_of_ours, signed};
use crate::{
    adapters::{JwtAuthenticator, JwtSettings, ManualClock, jwt::BadToken},
    domain::{Known, PlayerId},
    ports::Clock,
};

const ISSUER: &str = "https://id.example";
const AUDIENCE: &str = "matchmaker";

/// The longest token that is looked at.
const MAX_TOKEN: usize = 3 * 1024;

/// How far clocks may be apart, in seconds.
const LEEWAY: f64 = 5.0;

/// What a number may lose in a float, in seconds.
const ROUNDING: f64 = 1.0;

/// The largest number of seconds that surely has room.
const MOST_SECONDS: f64 = 1.8e19;

/// One that takes tokens of any issuer for any audience, and one that does not.
static LENIENT: LazyLock<JwtAuthenticator> =
    LazyLock::new(|| authenticator(JwtSettings::default(), &[SECRET], &[]).expect("the secret is good"));
static STRICT: LazyLock<JwtAuthenticator> = LazyLock::new(|| {
    let (issuer, audience) = (Some(ISSUER.to_owned()), Some(AUDIENCE.to_owned()));
    let settings = JwtSettings { issuer, audience, ..JwtSettings::default() };
    authenticator(settings, &[SECRET], &[]).expect("the secret is good")
});

/// Whoever is taken is who another reading of the same token finds, and whoever is refused is refused for what that reading
/// finds too.
///
/// The input is a payload, with a header in a line before it or with a good one.
pub(in super::super) fn claims(input: &[u8]) {
    let (header, payload) = match input.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&input[..end], &input[end + 1..]),
        None => (&br#"{"alg":"HS256"}"#[..], input),
    };
    let token = signed(SECRET, header, payload);
    for (authenticator, is_strict) in [(&*LENIENT, false), (&*STRICT, true)] {
        let outcome = authenticator.recognise(&token);
        if let Err(why) = outcome {
            assert!(is_one_of_ours(&why.to_string()), "{why} is said");
        }
        let reading = Reading { length: token.len(), header: object(header), claims: object(payload), is_strict };
        match &outcome {
            Ok(known) => reading.confirm(known),
            Err(why) => assert!(reading.finds(*why), "{why} is no reason to refuse {reading:?}"),
        }
    }
}

/// A token as another parser reads it.
#[derive(Debug)]
struct Reading {
    length: usize,
    /// `None` for what is no object, or names a member twice.
    header: Option<Object>,
    claims: Option<Object>,
    /// Whether issuer and audience count.
    is_strict: bool,
}

impl Reading {
    fn confirm(&self, known: &Known) {
        assert!(self.length <= MAX_TOKEN, "{} bytes were taken", self.length);
        for defect in BadToken::ALL {
            assert!(!self.surely_has(defect), "taken although {defect}: {self:?}");
        }
        let claims = self.claims.as_ref().expect("what is taken has claims");
        let subject = claims.text("sub").expect("what is taken has a subject");
        assert_eq!(known.player, PlayerId::parse(&subject).ok());
        let scope = claims.text("scope").unwrap_or_default();
        let grants = |wanted: &str| scope.split(' ').any(|word| word == wanted);
        assert_eq!(known.reads_every_match, grants("matches:read"));
        assert_eq!(known.finishes_matches, grants("matches:write"));
        let lasts = claims.number("exp").expect("what is taken expires") + LEEWAY - now();
        let known_for = known.until.since(Clock::now(&ManualClock::default())).as_secs_f64();
        assert!(known_for <= lasts + 0.001, "known for {known_for} s by a token that lasts {lasts} s");
    }

    /// Whether it has this defect, or may have it where a float does not tell.
    fn finds(&self, defect: BadToken) -> bool {
        let Some(claims) = &self.claims else { return self.surely_has(defect) };
        match defect {
            BadToken::Expired => claims.number("exp").is_some_and(|expiry| expiry + LEEWAY - ROUNDING <= now()),
            BadToken::TooEarly => claims.number("nbf").is_some_and(|start| start + ROUNDING > now() + LEEWAY),
            BadToken::Expiry => claims.number("exp").is_none_or(|expiry| !(1.0..MOST_SECONDS).contains(&expiry)),
            BadToken::NotBefore => claims.number("nbf").is_none_or(|start| !(1.0..MOST_SECONDS).contains(&start)),
            _ => self.surely_has(defect),
        }
    }

    fn surely_has(&self, defect: BadToken) -> bool {
        let header = |finds: fn(&Object) -> bool| self.header.as_ref().is_some_and(finds);
        let claims = |finds: fn(&Object) -> bool| self.claims.as_ref().is_some_and(finds);
        match defect {
            BadToken::TooLong => self.length > MAX_TOKEN,
            // The harness makes three parts and signs them.
            BadToken::Malformed | BadToken::Signature => false,
            BadToken::Header => self.header.is_none(),
            BadToken::Critical => header(|header| header.get("crit").is_some()),
            BadToken::Algorithm => header(|header| header.text("alg").as_deref() != Some("HS256")),
            BadToken::Claims => self.claims.is_none(),
            BadToken::Subject => claims(|claims| claims.text("sub").is_none()),
            BadToken::Scope => claims(|claims| claims.has("scope") && claims.text("scope").is_none()),
            BadToken::Expiry => claims(|claims| claims.number("exp").is_none_or(f64::is_sign_negative)),
            BadToken::Expired => {
                claims(|claims| claims.number("exp").is_some_and(|expiry| expiry + LEEWAY + 0.001 <= now()))
            }
            BadToken::NotBefore => {
                claims(|claims| claims.has("nbf") && claims.number("nbf").is_none_or(f64::is_sign_negative))
            }
            BadToken::TooEarly => {
                claims(|claims| claims.number("nbf").is_some_and(|start| start > now() + LEEWAY + 0.001))
            }
            BadToken::Issuer => self.is_strict && claims(|claims| claims.text("iss").as_deref() != Some(ISSUER)),
            BadToken::Audience => self.is_strict && claims(|claims| !claims.is_for(AUDIENCE)),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a float has room for the seconds of many thousand years")]
const fn now() -> f64 {
    NOW as f64
}

/// An object's members in their order.
#[derive(Debug)]
struct Object(Vec<(String, Box<RawValue>)>);

/// An object that names no member twice.
fn object(text: &[u8]) -> Option<Object> {
    let object: Object = serde_json::from_str(str::from_utf8(text).ok()?).ok()?;
    let names: HashSet<&str> = object.0.iter().map(|(name, _)| name.as_str()).collect();
    (names.len() == object.0.len()).then_some(object)
}

impl Object {
    /// What cannot be read as a value, like a number too large for a float, is null.
    fn get(&self, name: &str) -> Option<Value> {
        let (_, value) = self.0.iter().find(|(known, _)| known == name)?;
        Some(serde_json::from_str(value.get()).unwrap_or_default())
    }

    /// Whether a claim is there; null stands for none.
    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, value)| known == name && value.get() != "null")
    }

    fn text(&self, name: &str) -> Option<String> {
        self.get(name)?.as_str().map(ToOwned::to_owned)
    }

    fn number(&self, name: &str) -> Option<f64> {
        self.get(name)?.as_f64()
    }

    fn is_for(&self, audience: &str) -> bool {
        match self.get("aud") {
            Some(Value::String(only)) => only == audience,
            Some(Value::Array(all)) => all.iter().all(Value::is_string) && all.iter().any(|one| one == audience),
            _ => false,
        }
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Object;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Object(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}
