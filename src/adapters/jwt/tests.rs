mod hostile;
mod key_files;
mod rotation;
mod scene;

use jsonwebtoken::EncodingKey;
use serde_json::{Value, json};

use super::*;
use crate::domain::PlayerId;
use scene::{ALL_KINDS, Kind, NOW, Scene, good_claims};

fn player(id: &str) -> PlayerId {
    PlayerId::parse(id).expect("a player id")
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = good_claims();
    claims[name] = value;
    claims
}

fn without(name: &str) -> Value {
    let mut claims = good_claims();
    claims.as_object_mut().expect("claims are an object").remove(name);
    claims
}

/// What becomes of a token with these claims, otherwise good.
fn outcome(claims: &Value) -> Result<Known, BadToken> {
    let scene = Scene::of(&[Kind::Hs256]);
    scene.authenticator().recognise(&scene.token(Kind::Hs256, claims))
}

#[test]
fn each_algorithm_is_verified_by_its_kind_of_key() {
    for kind in ALL_KINDS {
        let scene = Scene::of(&[kind]);
        let known = scene.authenticator().recognise(&scene.token(kind, &good_claims())).expect("a good token");
        assert_eq!(known.player, Some(player("alice")), "{kind:?}");

        for other in ALL_KINDS.into_iter().filter(|other| *other != kind) {
            let stranger = scene.authenticator().recognise(&scene.token(other, &good_claims()));
            assert_eq!(stranger, Err(BadToken::Algorithm), "{other:?} where there is a key for {kind:?}");
        }
    }
    let scene = Scene::of(&ALL_KINDS);
    for kind in ALL_KINDS {
        scene.authenticator().recognise(&scene.token(kind, &good_claims())).expect("one of all the keys signed it");
    }
}

#[test]
fn a_key_of_the_right_kind_that_is_not_ours_signs_nothing() {
    let stranger = Scene::of(&ALL_KINDS);
    let scene = Scene::of(&[Kind::EdDsa, Kind::Es256]);
    for kind in [Kind::EdDsa, Kind::Es256] {
        let token = stranger.token(kind, &good_claims());
        assert_eq!(scene.authenticator().recognise(&token), Err(BadToken::Signature), "{kind:?}");
    }
    let secret = EncodingKey::from_secret(b"another secret of thirty-two bytes");
    let token = jsonwebtoken::encode(&jsonwebtoken::Header::default(), &good_claims(), &secret).expect("a token");
    assert_eq!(Scene::of(&[Kind::Hs256]).authenticator().recognise(&token), Err(BadToken::Signature));
}

#[tokio::test]
async fn a_call_without_a_token_is_told_that_one_is_needed_and_a_bad_one_why() {
    let authenticator = Scene::of(&[Kind::Hs256]).authenticator();
    assert!(matches!(authenticator.authenticate(None).await, Err(AuthenticationError::NoToken)));
    let refused = authenticator.authenticate(Some("secret.secret.secret")).await.expect_err("it is no token");
    let AuthenticationError::BadToken(why) = refused else { panic!("{refused}") };
    assert!(!why.contains("secret"), "{why}");
}

#[test]
fn a_token_is_good_until_five_seconds_past_its_expiry() {
    let scene = Scene::of(&[Kind::Hs256]);
    let now = scene.clock.now();
    for (expiry, remaining) in [(NOW - 4, 1), (NOW, 5), (NOW + 60, 65)] {
        let known = outcome(&with("exp", json!(expiry))).expect("it is good");
        assert_eq!(known.until, now.after(Duration::from_secs(remaining)), "{expiry}");
    }
    for expiry in [0, 1, NOW - 60, NOW - 5] {
        assert_eq!(outcome(&with("exp", json!(expiry))), Err(BadToken::Expired), "{expiry}");
    }
    let known = outcome(&with("exp", json!(u64::MAX))).expect("it is good");
    assert_eq!(known.until.as_micros(), u64::MAX);
}

#[test]
fn a_token_is_good_from_five_seconds_before_its_beginning() {
    for beginning in [0, NOW - 60, NOW, NOW + 5] {
        outcome(&with("nbf", json!(beginning))).expect("it is good");
    }
    for beginning in [NOW + 6, NOW + 3600, u64::MAX] {
        assert_eq!(outcome(&with("nbf", json!(beginning))), Err(BadToken::TooEarly), "{beginning}");
    }
}

#[test]
fn the_moment_of_issue_is_not_looked_at() {
    outcome(&with("iat", json!("yesterday"))).expect("it is good");
}

#[test]
fn expiry_and_subject_are_required_and_nothing_else() {
    assert_eq!(outcome(&without("exp")), Err(BadToken::Expiry));
    assert_eq!(outcome(&without("sub")), Err(BadToken::Subject));
    outcome(&json!({"exp": NOW, "sub": "alice"})).expect("it is good");
}

#[test]
fn what_is_null_is_absent() {
    outcome(&with("nbf", json!(null))).expect("it is good");
    let known = outcome(&with("scope", json!(null))).expect("it is good");
    assert!(!known.reads_every_match && !known.finishes_matches);
    assert_eq!(outcome(&with("exp", json!(null))), Err(BadToken::Expiry));
    assert_eq!(outcome(&with("sub", json!(null))), Err(BadToken::Subject));
}

#[test]
fn moments_may_have_a_fraction_or_an_exponent_and_never_make_a_token_last_longer() {
    let scene = Scene::of(&[Kind::Hs256]);
    let authenticator = scene.authenticator();
    let outcome = |payload: &str| {
        let token = scene.signed(Kind::Hs256, r#"{"alg":"HS256"}"#, payload);
        authenticator.recognise(&token).map(|known| known.until)
    };
    let until = |seconds| Ok(scene.clock.now().after(Duration::from_secs(seconds)));
    for (expiry, expected) in [
        ("1800000060.0", until(65)),
        ("1800000060.999999999999999999999", until(65)),
        ("1.80000006e9", until(65)),
        ("1.800000060E+9", until(65)),
        ("18000000605e-1", until(65)),
        ("1799999995.9", Err(BadToken::Expired)),
        ("0.0018e12", until(5)),
        ("0e5", Err(BadToken::Expired)),
        ("1E-400", Err(BadToken::Expired)),
    ] {
        assert_eq!(outcome(&format!(r#"{{"sub":"alice","exp":{expiry}}}"#)), expected, "{expiry}");
    }
    for (beginning, expected) in [
        ("1800000005.0", until(65)),
        ("1800000004.1", until(65)),
        ("1800000005.000000000000000000001", Err(BadToken::TooEarly)),
        ("18000000051e-1", Err(BadToken::TooEarly)),
        ("1e10", Err(BadToken::TooEarly)),
        ("1e-400", until(65)),
    ] {
        let claims = format!(r#"{{"sub":"alice","exp":{},"nbf":{beginning}}}"#, NOW + 60);
        assert_eq!(outcome(&claims), expected, "{beginning}");
    }
}

#[test]
fn scopes_are_whole_words_with_a_space_between_them() {
    for (scope, reads, writes) in [
        ("", false, false),
        ("matches:read", true, false),
        ("matches:write", false, true),
        ("matches:read matches:write", true, true),
        ("openid  matches:write profile", false, true),
        ("matches:read,matches:write", false, false),
        ("matches:readwrite", false, false),
        ("Matches:Read", false, false),
        ("xmatches:read matches:write\t", false, false),
        ("matches:*", false, false),
    ] {
        let known = outcome(&with("scope", json!(scope))).expect("it is good");
        assert_eq!((known.reads_every_match, known.finishes_matches), (reads, writes), "{scope:?}");
    }
    let known = outcome(&without("scope")).expect("it is good");
    assert!(!known.reads_every_match && !known.finishes_matches);
}

#[test]
fn a_subject_that_cannot_be_a_player_keeps_his_scopes() {
    for subject in ["", "game server 1", "..", "https://example.com/", &"x".repeat(129)] {
        let mut claims = with("sub", json!(subject));
        claims["scope"] = json!("matches:write");
        let known = outcome(&claims).expect("it is good");
        assert_eq!(known.player, None, "{subject:?}");
        assert!(known.finishes_matches);
    }
}

#[test]
fn the_issuer_is_checked_when_one_is_expected() {
    let mut scene = Scene::of(&[Kind::Hs256]);
    scene.settings.issuer = Some("https://accounts.example.com".to_owned());
    let authenticator = scene.authenticator();
    let outcome = |claims: &Value| authenticator.recognise(&scene.token(Kind::Hs256, claims)).map(|_| ());
    assert_eq!(outcome(&with("iss", json!("https://accounts.example.com"))), Ok(()));
    for issuer in [
        json!("https://accounts.example.com/"),
        json!("HTTPS://accounts.example.com"),
        json!(""),
        json!(null),
        json!(7),
        json!(["https://accounts.example.com"]),
    ] {
        assert_eq!(outcome(&with("iss", issuer.clone())), Err(BadToken::Issuer), "{issuer}");
    }
    assert_eq!(outcome(&without("iss")), Err(BadToken::Issuer));
}

#[test]
fn the_audience_is_checked_when_one_is_expected_alone_or_in_a_list() {
    let mut scene = Scene::of(&[Kind::Hs256]);
    scene.settings.audience = Some("matchmaker".to_owned());
    let authenticator = scene.authenticator();
    let outcome = |claims: &Value| authenticator.recognise(&scene.token(Kind::Hs256, claims)).map(|_| ());
    for audience in [json!("matchmaker"), json!(["matchmaker"]), json!(["shop", "matchmaker"])] {
        assert_eq!(outcome(&with("aud", audience.clone())), Ok(()), "{audience}");
    }
    for audience in [
        json!("shop"),
        json!("matchmaker2"),
        json!([]),
        json!(["shop"]),
        json!([["matchmaker"]]),
        json!(["matchmaker", 7]),
        json!({"matchmaker": true}),
        json!(null),
    ] {
        assert_eq!(outcome(&with("aud", audience.clone())), Err(BadToken::Audience), "{audience}");
    }
    assert_eq!(outcome(&without("aud")), Err(BadToken::Audience));
}

#[test]
fn issuer_and_audience_are_not_looked_at_when_none_is_expected() {
    for value in [json!("anybody"), json!(["anybody"]), json!(7), json!(null)] {
        outcome(&with("iss", value.clone())).expect("it is good");
        outcome(&with("aud", value)).expect("it is good");
    }
}
