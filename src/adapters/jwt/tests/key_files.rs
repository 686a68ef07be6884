//! What a key file may hold.

use std::{fs, path::PathBuf};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};

use super::{
    super::{JwtAuthenticator, JwtSettings, UnusableKey},
    scene::{Kind, SECRET, Scene, good_claims, pem},
};

/// A scene whose one secret file holds this.
fn secret_scene(content: &[u8]) -> Scene {
    let scene = Scene::of(&[Kind::Hs256]);
    fs::write(&scene.settings.secret_files[0], content).expect("a file can be written");
    scene
}

fn opened(scene: &Scene) -> Result<(), UnusableKey> {
    JwtAuthenticator::new(scene.settings.clone(), scene.clock.clone()).map(|_| ())
}

/// The line that refuses a file with this content, after the name of the flag.
fn refusal(flag: &str, content: &[u8]) -> String {
    let scene = Scene::of(&[]);
    let file = scene.folder.path().join("key");
    fs::write(&file, content).expect("a file can be written");
    refusal_of(&scene, flag, file)
}

fn refusal_of(scene: &Scene, flag: &str, file: PathBuf) -> String {
    let name = file.display().to_string();
    let mut settings = JwtSettings::default();
    let files = if flag == "--jwt-secret-file" { &mut settings.secret_files } else { &mut settings.public_key_files };
    files.push(file);
    let Err(refused) = JwtAuthenticator::new(settings, scene.clock.clone()) else { panic!("it was taken") };
    let line = refused.to_string();
    assert_eq!(line.lines().count(), 1, "{line}");
    line.strip_prefix(&format!("the file {name} of {flag} ")).unwrap_or_else(|| panic!("{line}")).to_owned()
}

#[test]
fn one_newline_at_the_end_of_a_secret_file_is_no_part_of_the_secret() {
    let token = Scene::of(&[Kind::Hs256]).token(Kind::Hs256, &good_claims());
    for (end, same) in [("", true), ("\n", true), ("\r\n", true), ("\n\n", false), ("\r", false), (" ", false)] {
        let scene = secret_scene(&[SECRET, end.as_bytes()].concat());
        assert_eq!(scene.authenticator().recognise(&token).is_ok(), same, "{end:?}");
    }
}

#[test]
fn a_key_of_any_format_is_refused_as_a_secret_whatever_stands_around_it() {
    let scene = Scene::of(&[Kind::EdDsa, Kind::Es256, Kind::Rs256]);
    let mut keys = vec![
        b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAtdeats alice@example.com".to_vec(),
        b"ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAI alice@example.com".to_vec(),
        br#" {"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#.to_vec(),
    ];
    for file in &scene.settings.public_key_files {
        let pem = fs::read_to_string(file).expect("text");
        let der =
            STANDARD.decode(pem.lines().filter(|line| !line.starts_with('-')).collect::<String>()).expect("base64");
        keys.push(STANDARD.encode(&der).into_bytes());
        keys.push(der);
        keys.push(pem.into_bytes());
    }
    keys.push(rsa_key_by_itself());
    keys.push(certificate());
    let der = rsa_key_by_itself();
    keys.push(URL_SAFE_NO_PAD.encode(&der).into_bytes());
    keys.push(
        der.iter()
            .flat_map(|byte| [byte >> 4, byte & 15])
            .map(|digit| b"0123456789abcdef"[usize::from(digit)])
            .collect(),
    );
    keys.push(
        b"---- BEGIN SSH2 PUBLIC KEY ----\nAAAAC3NzaC1lZDI1NTE5AAAAIAtdeats\n---- END SSH2 PUBLIC KEY ----\n".to_vec(),
    );
    keys.push(STANDARD.encode(b"\x00\x00\x00\x0bssh-ed25519 and so on").into_bytes());
    keys.push(br#"[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]"#.to_vec());
    keys.push("\u{feff}-----BEGIN PUBLIC KEY-----".encode_utf16().flat_map(u16::to_le_bytes).collect());
    for key in keys {
        let marked = [b"\xef\xbb\xbf", key.as_slice()].concat();
        let mut written = vec![key.clone(), [key.as_slice(), b"\n"].concat(), [key.as_slice(), b"\n\n"].concat()];
        if str::from_utf8(&key).is_ok() {
            written.extend([marked, [b"\n", key.as_slice()].concat()]);
        }
        if key.starts_with(b"-----BEGIN") {
            written.push([b"# of the year 2026\n", key.as_slice()].concat());
        }
        for content in written {
            let line = refusal("--jwt-secret-file", &content);
            assert!(line.starts_with("holds a key in PEM, DER, SSH's format or JSON and no secret: "), "{line}");
            assert!(line.contains("--jwt-public-key-file"), "{line}");
        }
    }
}

/// As `openssl rsa -RSAPublicKey_out -outform DER` writes it.
fn rsa_key_by_itself() -> Vec<u8> {
    let modulus = [&b"\x02\x82\x01\x01\x00"[..], &[0xa5; 256]].concat();
    [&b"\x30\x82\x01\x0a"[..], &modulus, b"\x02\x03\x01\x00\x01"].concat()
}

/// The outline of one, as `openssl x509 -outform DER` writes it.
fn certificate() -> Vec<u8> {
    let certified = [&b"\x30\x20"[..], &[0xa5; 32]].concat();
    let signature = [&b"\x03\x21\x00"[..], &[0x5a; 32]].concat();
    [&b"\x30\x4c"[..], &certified, b"\x30\x05\x06\x03\x2b\x65\x70", &signature].concat()
}

#[test]
fn random_bytes_are_a_secret_even_where_they_begin_as_der_does() {
    for start in [&b"{"[..], b"[", b"\x30\x3a", b"\x30\x82\xff\xff", b"\x30\xff", b"\x30\x22\x30\x02\x06\x00"] {
        let content = [start, &[0x55; 32]].concat();
        opened(&secret_scene(&content)).expect("it is a secret");
    }
}

#[test]
fn a_short_secret_is_refused_and_never_shown() {
    for (content, length) in [("", 0), ("\n", 0), ("\r\n", 0), ("hunter2\n", 7), (&"x".repeat(31), 31)] {
        let line = refusal("--jwt-secret-file", content.as_bytes());
        let expected = format!("holds {length} bytes, and a secret has at least 32: openssl rand -base64 32 makes one");
        assert_eq!(line, expected);
    }
    opened(&secret_scene(&[b'x'; 32])).expect("it is a secret");
}

#[test]
fn a_file_that_is_missing_or_huge_is_refused() {
    let scene = Scene::of(&[]);
    for flag in ["--jwt-secret-file", "--jwt-public-key-file"] {
        let line = refusal_of(&scene, flag, scene.folder.path().join("absent"));
        assert!(line.starts_with("cannot be read: "), "{line}");
        let line = refusal_of(&scene, flag, scene.folder.path().to_owned());
        assert_eq!(line, "cannot be read: it is no regular file");
        assert!(refusal(flag, &vec![b'x'; 1_000_000]).starts_with("cannot be read: "));
    }
}

/// Keys of kinds that are not taken, as openssl wrote them.
const OTHER_KEYS: [(&str, &str); 6] = [
    (
        "RSA of 1024 bits",
        "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDRSi8myj0P5XbX7+GbKtUPVTf01y+DUZQjwPNCgDg/rN+VUvRiSF+vQ1nBoY0yrZrdXPUugpYt5\
         77VgIK6CJ9TOiyDgzSmup7e/L77PdjRbKnAGvA1gOS5/qTyFsQoQMo3+hAXzwiZNNgtVvqsIbVRMEtEeK0TYjAJeNWgqeGIHwIDAQAB",
    ),
    (
        "secp256k1",
        "MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEfBuqiPmThCmgzv1A70WomVOqLk1kKZn0TAcZx/XpfvUQJdhkLOGSFAF8nYm+jsDx2n+vQphveQ3BOdX/G\
         rDIQg==",
    ),
    (
        "P-384",
        "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAExhBHVYKi7NjtHpHEGifY1J+S92HGUmvJNkJy0ajNxtPNeJICUiddpOLFMw077JLdR/QR/6Gy6awhUfUvg\
         J9Q/+iTn2bvsfQhZTRe/orcI5Y01fiQkuK9qsmZSDvPAEec",
    ),
    ("X25519", "MCowBQYDK2VuAyEAtdeats+yOUTHtLsiyjfHq5iGD5DkVji0KptdgxARimM="),
    ("Ed448", "MEMwBQYDK2VxAzoAdF9AVlElAVtdNtiQO1UY3RMNARQmzOXPYYxSo2sUFNLzNwxmmszvCuuuTmw37qvHQ1joAYTx9zSA"),
    (
        "RSA for PSS alone",
        "MIIBIDALBgkqhkiG9w0BAQoDggEPADCCAQoCggEBALTek1VtFxE8JcfWvBXJn78Z/drgSeoujf/REceWsf8druhuYz79U1gFyU1cSjgnajOALg4iZ\
         Cy1e7Pw2q/3I2+icE29U2/nZwE2Rfy8IANNq+8lMY2LrH6q3UahHsGQDPAcUn8A+HbKxW/if+2GYARXrXH8Bj8Lf9izWWcp+Yd8vlOw5PGbKj7ZSN\
         yhQ+eO/5QpcAx9EkTYvB/qudz9eSFzToZH1scZMO679If7SolatvGICU+75hi73ccrzGhtS4jL9I41SfliTWx/HRWexGfpIlA2jP3oSAT4fda2ikK\
         p53q7ltlftkzoDAp2lwNUhyd95Y869u6A08EyWGF0UIsCAwEAAQ==",
    ),
];

#[test]
fn a_public_key_of_another_kind_is_refused() {
    for (kind, key) in OTHER_KEYS {
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{key}\n-----END PUBLIC KEY-----\n");
        let line = refusal("--jwt-public-key-file", pem.as_bytes());
        assert!(line.starts_with("holds a key of another kind"), "{kind}: {line}");
        assert!(line.contains("Ed25519, P-256 or RSA of 2048 to 8192 bits"), "{kind}: {line}");
    }
}

#[test]
fn what_is_no_public_key_in_pem_is_refused() {
    let scene = Scene::of(&[Kind::EdDsa]);
    let good = fs::read_to_string(&scene.settings.public_key_files[0]).expect("text");
    let inside = good.lines().nth(1).expect("a key");
    for content in [
        String::new(),
        "not a key".to_owned(),
        inside.to_owned(),
        good.replace("PUBLIC", "PRIVATE"),
        good.replace("PUBLIC", "RSA PUBLIC"),
        good.replace("PUBLIC KEY", "CERTIFICATE"),
        good.replace("-----END PUBLIC KEY-----", ""),
        format!("{good}{good}"),
        good.replace(inside, &inside[..20]),
        good.replace(inside, ""),
        good.replace(inside, "!"),
        pem("PUBLIC KEY", b"\x30\x03\x02\x01\x07"),
    ] {
        let line = refusal("--jwt-public-key-file", content.as_bytes());
        assert!(line.contains("BEGIN PUBLIC KEY") && line.contains("openssl pkey -pubout"), "{content}: {line}");
    }
    refusal("--jwt-public-key-file", b"\xff\xfe");
}

#[test]
fn a_private_key_is_refused_under_either_label_and_never_shown() {
    let scene = Scene::of(&[]);
    let private = scene.signer(Kind::EdDsa).as_bytes();
    for label in ["PRIVATE KEY", "PUBLIC KEY"] {
        let written = pem(label, private);
        let line = refusal("--jwt-public-key-file", written.as_bytes());
        assert!(!line.contains(written.lines().nth(1).expect("a key")), "{line}");
    }
}

#[test]
fn a_public_key_file_may_have_other_line_ends_and_space_around() {
    let scene = Scene::of(&[Kind::Es256]);
    let file = &scene.settings.public_key_files[0];
    let good = fs::read_to_string(file).expect("text");
    let token = scene.token(Kind::Es256, &good_claims());
    for written in [good.replace('\n', "\r\n"), format!("\n\n {good} \n")] {
        fs::write(file, &written).expect("a file can be written");
        scene.authenticator().recognise(&token).unwrap_or_else(|refused| panic!("{written}: {refused}"));
    }
}
