//! Every parser that meets the outside, each as a function that takes whatever bytes it is given and panics where a
//! promise about them is broken: for property tests and fuzzing campaigns, which know nothing else of the inside.

mod addresses;
mod frames;
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
        seeds: &[br#"{"type":"register","playerId":"alice"}"#, br#" {"type":"regi\u0073ter","playerId":"a","t":1e5} "#],
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
        name: "frames",
        feed: frames::frames,
        seeds: &[
            b"\x81\x82\0\0\0\0hi",
            b"\x01\x82\0\0\0\0hi\x89\x81\0\0\0\0x\x80\x82\0\0\0\0ho",
            b"\x88\x82\0\0\0\0\x03\xe8",
            b"\x82\xfe\x00\x80\x01\x02\x03\x04",
            b"\x81\xff\0\0\0\0\0\0\x10\0\0\0\0\0",
        ],
    },
];
