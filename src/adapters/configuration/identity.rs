use std::path::PathBuf;

use clap::{ValueEnum, builder::NonEmptyStringValueParser};

use super::Refusal;
use crate::adapters::JwtSettings;

/// How callers show who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Authentication {
    /// Nobody is asked: whoever can reach the port may speak for anybody.
    Off,
    /// By a JSON Web Token that one of the keys signed.
    Jwt,
}

/// How callers show who they are.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Identity")]
pub struct IdentitySettings {
    /// How callers show who they are: not at all, or by a JSON Web Token that one of the keys signed.
    ///
    /// Example: --auth jwt
    #[arg(long, env, hide_env_values = true, value_name = "KIND", default_value = "off")]
    auth: Authentication,

    /// A file that holds a secret for tokens signed with HS256; one newline at its end is no part of the secret.
    ///
    /// Can be given several times, or with commas between the files, so that keys can be rotated. SIGHUP reads it again.
    ///
    /// Example: --jwt-secret-file /run/secrets/jwt
    #[arg(long, env, hide_env_values = true, value_name = "FILE", value_delimiter = ',')]
    jwt_secret_file: Vec<PathBuf>,

    /// A PEM file that holds a public key for tokens: Ed25519, P-256, or RSA of at least 2048 bits.
    ///
    /// Can be given several times, or with commas between the files, so that keys can be rotated. SIGHUP reads it again.
    ///
    /// Example: --jwt-public-key-file /etc/matchmaker/jwt.pem
    #[arg(long, env, hide_env_values = true, value_name = "FILE", value_delimiter = ',')]
    jwt_public_key_file: Vec<PathBuf>,

    /// What a token's issuer (iss) must be; not checked when it is not given.
    ///
    /// Example: --jwt-issuer accounts.example.com
    #[arg(long, env, hide_env_values = true, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    jwt_issuer: Option<String>,

    /// What a token's audience (aud) must be, or have in its list; not checked when it is not given.
    ///
    /// Example: --jwt-audience matchmaker
    #[arg(long, env, hide_env_values = true, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    jwt_audience: Option<String>,
}

impl IdentitySettings {
    /// Which tokens are taken; `None` when nobody is asked who he is.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] when tokens are asked for and no key is given to check them with, or the other way round: a
    /// setting that silently does nothing is dangerous here.
    pub fn jwt(&self) -> Result<Option<JwtSettings>, Refusal> {
        match (self.auth, self.first_about_tokens()) {
            (Authentication::Off, None) => Ok(None),
            (Authentication::Off, Some((flag, variable))) => Err(Refusal::Invalid(format!(
                "{flag} (or {variable} in the environment) does nothing without --auth jwt: give that too, or neither"
            ))),
            (Authentication::Jwt, _) if self.jwt_secret_file.is_empty() && self.jwt_public_key_file.is_empty() => {
                let needed =
                    "--auth jwt needs a key to check tokens with: give --jwt-secret-file or --jwt-public-key-file";
                Err(Refusal::Invalid(needed.to_owned()))
            }
            (Authentication::Jwt, _) => Ok(Some(JwtSettings {
                secret_files: self.jwt_secret_file.clone(),
                public_key_files: self.jwt_public_key_file.clone(),
                issuer: self.jwt_issuer.clone(),
                audience: self.jwt_audience.clone(),
            })),
        }
    }

    /// A setting that was given and is about tokens, by its flag and its variable.
    fn first_about_tokens(&self) -> Option<(&'static str, &'static str)> {
        let given = [
            (!self.jwt_secret_file.is_empty(), ("--jwt-secret-file", "JWT_SECRET_FILE")),
            (!self.jwt_public_key_file.is_empty(), ("--jwt-public-key-file", "JWT_PUBLIC_KEY_FILE")),
            (self.jwt_issuer.is_some(), ("--jwt-issuer", "JWT_ISSUER")),
            (self.jwt_audience.is_some(), ("--jwt-audience", "JWT_AUDIENCE")),
        ];
        given.into_iter().find_map(|(given, names)| given.then_some(names))
    }
}
