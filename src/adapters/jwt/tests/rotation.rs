//! Several keys at once, and keys that change.

use std::fs;

use jsonwebtoken::{Algorithm, EncodingKey};

use super::{
    super::{BadToken, JwtAuthenticator},
    scene::{Kind, Scene, good_claims, sign},
};
use crate::adapters::log::{LogFormat, capture::captured};

const OLD: &[u8] = b"the old secret, of 32 bytes or so";
const NEW: &[u8] = b"the new secret, of 32 bytes or so";

fn token(secret: &[u8]) -> String {
    let key = EncodingKey::from_secret(secret);
    sign(&key, Algorithm::HS256, r#"{"alg":"HS256"}"#, good_claims().to_string())
}

/// A scene with these secrets, each in a file of its own.
fn scene(secrets: &[&[u8]]) -> Scene {
    let mut scene = Scene::of(&[]);
    for (number, secret) in secrets.iter().enumerate() {
        let file = scene.folder.path().join(number.to_string());
        fs::write(&file, secret).expect("a file can be written");
        scene.settings.secret_files.push(file);
    }
    scene
}

/// Whether tokens of the old secret and of the new one are taken.
fn taken(authenticator: &JwtAuthenticator) -> (bool, bool) {
    let taken = |secret| match authenticator.recognise(&token(secret)) {
        Ok(_) => true,
        Err(refused) => {
            assert_eq!(refused, BadToken::Signature);
            false
        }
    };
    (taken(OLD), taken(NEW))
}

#[test]
fn with_several_keys_each_of_them_counts() {
    assert_eq!(taken(&scene(&[OLD]).authenticator()), (true, false));
    assert_eq!(taken(&scene(&[OLD, NEW]).authenticator()), (true, true));
    assert_eq!(taken(&scene(&[NEW, OLD]).authenticator()), (true, true));

    let (first, second) = (Scene::of(&[Kind::EdDsa]), Scene::of(&[Kind::EdDsa]));
    let mut both = Scene::of(&[Kind::Hs256]);
    for scene in [&first, &second] {
        both.settings.public_key_files.extend(scene.settings.public_key_files.clone());
    }
    for scene in [&first, &second] {
        both.authenticator().recognise(&scene.token(Kind::EdDsa, &good_claims())).expect("one of the keys signed it");
    }
}

#[test]
fn keys_that_are_read_again_replace_the_old_ones() {
    let scene = scene(&[OLD]);
    let authenticator = scene.authenticator();
    fs::write(&scene.settings.secret_files[0], NEW).expect("a file can be written");
    assert_eq!(taken(&authenticator), (true, false));

    let lines = captured(LogFormat::Text, || authenticator.reload()).lines;

    assert_eq!(taken(&authenticator), (false, true));
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].ends_with("INFO the keys for tokens were read again keys=1"), "{lines:?}");
}

#[test]
fn the_old_keys_stay_when_one_cannot_be_read() {
    let scene = scene(&[OLD, OLD]);
    let authenticator = scene.authenticator();
    fs::write(&scene.settings.secret_files[0], NEW).expect("a file can be written");
    let second = &scene.settings.secret_files[1];
    let spoil: [&dyn Fn(); 2] = [&|| fs::write(second, "").expect("a file can be written"), &|| {
        fs::remove_file(second).expect("a file can be removed");
    }];
    for spoil in spoil {
        spoil();
        let lines = captured(LogFormat::Text, || authenticator.reload()).lines;
        assert_eq!(taken(&authenticator), (true, false));
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].contains("ERROR the keys for tokens stay as they were"), "{lines:?}");
        assert!(lines[0].contains(&second.display().to_string()), "{lines:?}");
    }
    fs::write(second, NEW).expect("a file can be written");
    authenticator.reload();
    assert_eq!(taken(&authenticator), (false, true));
}
