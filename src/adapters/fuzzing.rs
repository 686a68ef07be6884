//! Every parser that meets the outside, each as a function that takes whatever bytes it is given and panics where a
//! promise about them is broken: for property tests and fuzzing campaigns, which know nothing else of the inside.

mod addresses;
mod frames;
mod tokens;
mod values;

/// One parser, and what is fed to it first.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name.
    pub name: &'static str,
    /// Feeds it one input.
    pub feed: fn(&[u8]),
    /// Inputs that reach far into it, for others to be bred from.
    pub seeds: &'static [&'static [u8]],
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target {
        name: "amount",
        feed: values::amount,
        seeds: &[b"20", b"20.00", b"2e1", b"0.000000000000000001", b"1000000000000", b"1E-18", b"-0.0", b"1e100000000"],
    },
    Target {
        name: "name",
        feed: values::name,
        seeds: &[b"alice", b"a.b:c@d|e+f=g-h_i", b"chess", b"..", b"\xe2\x82\xae"],
    },
    Target {
        name: "call",
        feed: values::call,
        seeds: &[
            br#"{"game":"chess","asset":"USDT","amount":20,"playerId":"player123"}"#,
            br#"{"playerId":"\u0061\ud83d\ude00","amount":"2e1","asset":"ETH","game":"go","x":[{"y":null}],"z":"\\"}"#,
        ],
    },
    Target {
        name: "registration",
        feed: values::registration,
        seeds: &[
            br#"{"type":"register","playerId":"alice"}"#,
            br#"{"type":"register","playerId":"alice","token":"a.b.c"}"#,
            br#" {"type":"regi\u0073ter","playerId":"a","token":1e5} "#,
        ],
    },
    Target {
        name: "forwarding",
        feed: addresses::forwarding,
        seeds: &[
            b"x192.0.2.7",
            b"x203.0.113.9, 192.0.2.7,127.0.0.2",
            b"x[2001:db8::1]:443\nx::ffff:192.0.2.8",
            b"ffor=192.0.2.43, for=\"[2001:db8:cafe::17]:4711\";proto=http;by=203.0.113.43",
            b"ffor=_hidden;host=\"a\\\"b\", for=unknown\nx192.0.2.7",
        ],
    },
    Target {
        name: "token",
        feed: tokens::token,
        seeds: &[
            b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSIsImV4cCI6MTgwMDAwMDA2MH0.AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE",
            b"eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhbGljZSIsImV4cCI6MTgwMDAwMDA2MH0.AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ",
            b"eyJhbGciOiJFUzI1NiJ9.e30.AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ",
            b"eyJhbGciOiJSUzI1NiJ9.e30.AQEB",
            b"eyJhbGciOiJub25lIn0.e30.",
        ],
    },
    Target {
        name: "authorization",
        feed: tokens::authorization,
        seeds: &[
            b"Bearer eyJhbGciOiJIUzI1NiJ9.e30.AQEB",
            b"BEARER  eyJhbGciOiJFZERTQSJ9.e30.AQEB \nBasic YTpi",
            b"Bearer\ta.b.c",
        ],
    },
    Target {
        name: "claims",
        feed: tokens::claims,
        seeds: &[
            br#"{"sub":"alice","exp":1800000060}"#,
            br#"{"sub":"alice","exp":1799999994}"#,
            br#"{"sub":"alice","exp":1800000060,"nbf":1800000006}"#,
            br#"{"sub":"alice","exp":1.80000006e9,"nbf":1799999999.5,"iss":"https://id.example","aud":["a","matchmaker"]}"#,
            br#"{"sub":"a","exp":18000000600e-1,"scope":"matches:read matches:write","aud":"matchmaker","iss":null,"x":{}}"#,
            b"{\"typ\":\"JWT\",\"alg\":\"HS\\u003256\",\"kid\":\"1\"}\n{\"\\u0065xp\":1799999996,\"sub\":\"\\ud83d\\ude00\"}",
            b"{\"alg\":\"HS256\",\"crit\":[\"exp\"]}\n{}",
            b"{\"alg\":\"none\"}\n{\"sub\":\"alice\",\"exp\":18446744073709551615}",
        ],
    },
    Target {
        name: "key_file",
        feed: tokens::key_file,
        seeds: &[
            tokens::ED25519,
            tokens::P256,
            tokens::RSA,
            b"a secret of thirty-two bytes or more\r\n",
            b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAtdeats alice@example.com\n",
            b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00\x93\x4b\xba\xcc\x45\x39\xf9\xc7\xf3\x4e\xdf\xb8\x9b\x43\xe7\
              \x7f\xc6\x47\xd0\xf9\xbf\xf3\x4d\x8b\xd1\x10\xad\x0c\x0b\xac\x1e\xb0",
        ],
    },
    Target {
        name: "frames",
        feed: frames::frames,
        seeds: &[
            b"\0\x81\x82\0\0\0\0hi",
            b"\x31\0\x05\x13\x01\x82\0\0\0\0hi\x89\x81\0\0\0\0x\x80\x82\0\0\0\0ho",
            b"\x12\x0b\x89\x82\0\0\0\0hi\x88\x82\0\0\0\0\x03\xe8",
            b"\x03\x82\xfe\x00\x80\x01\x02\x03\x04",
            b"\x14\x02\x81\xff\0\0\0\0\0\0\x10\0\0\0\0\0",
            b"\x04\x81\xa6\0\0\0\0{\"type\":\"register\",\"playerId\":\"alice\"}",
        ],
    },
];
