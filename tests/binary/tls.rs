//! A store behind TLS: who is trusted, and what is said of who is not.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;

use crate::{
    process::{Running, ended, program, refusal},
    redis_server::{Options, RedisServer, port},
};

/// What the Redis asks for.
const PASSWORD: &str = "open-sesame";

/// A Redis that speaks TLS on a port of its own, as the name that its certificate has.
struct Scene {
    redis: RedisServer,
    tls_port: u16,
    /// Whoever signed the certificate of the Redis.
    authority: PathBuf,
    /// Somebody else of the same name.
    stranger: PathBuf,
    folder: TempDir,
}

impl Scene {
    fn start() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str, content: String| {
            let path = folder.path().join(name);
            fs::write(&path, content).expect("a file");
            path
        };
        let (ours, others) = (authority(), authority());
        let key = KeyPair::generate().expect("a key");
        let names = CertificateParams::new(["localhost".to_owned()]).expect("a name");
        let certificate = names.signed_by(&key, &ours).expect("a certificate");
        let authority = file("authority.pem", ours.pem());
        let stranger = file("stranger.pem", others.pem());
        let certificate = file("certificate.pem", certificate.pem());
        let key = file("key.pem", key.serialize_pem());
        let tls_port = port::free();
        let options = Options::default().with_password(PASSWORD).with(&[
            "--tls-port",
            &tls_port.to_string(),
            "--tls-cert-file",
            text(&certificate),
            "--tls-key-file",
            text(&key),
            "--tls-ca-cert-file",
            text(&authority),
            "--tls-auth-clients",
            "no",
        ]);
        let redis = RedisServer::start(options)?;
        Some(Self { redis, tls_port, authority, stranger, folder })
    }

    /// An audit of the store at this host, by these authorities.
    fn audit(&self, host: &str, authority: Option<&Path>) -> Command {
        let mut command = program();
        command.arg("audit").arg(format!("--store=rediss://:{PASSWORD}@{host}:{}", self.tls_port));
        if let Some(authority) = authority {
            command.arg("--store-ca-file").arg(authority);
        }
        command
    }

    /// The line that ends an audit which could not look; it names the store, and not the password.
    fn complaint(&self, host: &str, authority: Option<&Path>) -> String {
        let line = refusal(&mut self.audit(host, authority));
        assert!(line.contains(&format!("rediss://{host}:{}/0", self.tls_port)), "{line}");
        assert!(!line.contains(PASSWORD), "{line}");
        line
    }
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in text")
}

#[test]
fn a_store_behind_tls_is_reached_by_its_name_with_the_authority_that_signed_for_it() {
    let Some(scene) = Scene::start() else { return };
    let output = ended(&mut scene.audit("localhost", Some(&scene.authority)));
    assert_eq!(output.status.code(), Some(0), "{output:?}");

    let both = scene.folder.path().join("both.pem");
    let authorities = [&scene.stranger, &scene.authority].map(|file| fs::read_to_string(file).expect("a file"));
    fs::write(&both, authorities.concat()).expect("a file");
    let output = ended(&mut scene.audit("localhost", Some(&both)));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn a_password_from_a_file_goes_through_tls() {
    let Some(scene) = Scene::start() else { return };
    let file = scene.folder.path().join("password");
    for (password, code) in [(PASSWORD, 0), ("open-barley", 2)] {
        fs::write(&file, format!("{password}\n")).expect("a file");
        let mut command = program();
        command.env("STORE", format!("rediss://localhost:{}", scene.tls_port)).env("STORE_PASSWORD_FILE", &file);
        let output = ended(command.env("STORE_CA_FILE", &scene.authority).arg("audit"));
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        let said = String::from_utf8(output.stderr).expect("text");
        assert!(!said.contains(password) && said.lines().count() == usize::from(code == 2), "{said}");
    }
}

#[test]
fn a_store_that_others_signed_for_or_that_has_another_name_is_refused_in_one_line() {
    let Some(scene) = Scene::start() else { return };
    let line = scene.complaint("localhost", Some(&scene.stranger));
    assert!(line.contains("certificate"), "{line}");
    // What the system trusts has not signed for it either.
    let line = scene.complaint("localhost", None);
    assert!(line.contains("certificate"), "{line}");
    let line = scene.complaint("127.0.0.1", Some(&scene.authority));
    assert!(line.contains("certificate"), "{line}");
}

#[test]
fn tls_is_not_spoken_where_it_is_not_understood_nor_plain_text_where_it_is_expected() {
    let Some(scene) = Scene::start() else { return };
    let plain = scene.redis.address().port();
    let arguments = ["audit", "--timeout=5s", "--store-ca-file", text(&scene.authority)];
    let store = format!("--store=rediss://:{PASSWORD}@localhost:{plain}");
    let line = refusal(program().args(arguments).arg(store));
    assert!(!line.contains(PASSWORD), "{line}");

    let store = format!("--store=redis://:{PASSWORD}@localhost:{}", scene.tls_port);
    let line = refusal(program().args(["audit", "--timeout=5s"]).arg(store));
    assert!(!line.contains(PASSWORD), "{line}");
}

#[test]
fn a_server_serves_from_a_store_behind_tls_and_does_not_start_where_it_trusts_nobody() {
    let Some(scene) = Scene::start() else { return };
    let store = format!("--store=rediss://localhost:{}", scene.tls_port);
    let password = scene.folder.path().join("password");
    fs::write(&password, PASSWORD).expect("a file");
    let flags = |authority: &Path| {
        [
            store.clone(),
            format!("--store-password-file={}", text(&password)),
            format!("--store-ca-file={}", text(authority)),
        ]
    };
    let ours = flags(&scene.authority);
    let server = Running::start(&ours.each_ref().map(String::as_str));
    assert_eq!(server.find("alice"), r#"{"status":"waiting"}"#);
    let output = ended(&mut scene.audit("localhost", Some(&scene.authority)));
    assert!(String::from_utf8_lossy(&output.stdout).contains(" 1 waiting"), "{output:?}");

    let output = ended(program().arg("--port=0").args(flags(&scene.stranger)));
    let said = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.lines().count() == 1 && said.contains("certificate") && !said.contains(PASSWORD), "{said}");
}
