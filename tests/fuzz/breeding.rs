use fastrand::Rng;

/// The longest input; the largest thing that any parser is given.
const MAX_LENGTH: usize = 16 * 1024;

/// Pieces of the languages spoken here that chance alone would seldom write.
const PIECES: &[&[u8]] = &[
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b":",
    b",",
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"null",
    b"true",
    b"0",
    b"-",
    b"1e9999999",
    b".",
    b"0000000000000000",
    b"99999999999999999999",
    b"e-18",
    b"USDT",
    b"ETH",
    b"amount",
    b"playerId",
    b"token",
    b"\xff",
    b"\xc0\x80",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\0",
    b"\r\n",
    b"\t",
    b" ",
    b";",
    b"=",
    b"for=",
    b"\"[::1]:80\"",
    b"127.0.0.1",
    b"unknown",
    b"_x",
    b"\x81\x80\0\0\0\0",
    b"\x80\x80\0\0\0\0",
    b"\x89\xfd",
    b"\x88\x80\0\0\0\0",
    b"\xff\xff\xff\xff\xff\xff\xff\xff",
    b"eyJhbGciOiJub25lIn0",
    b"HS256",
    b"exp",
    b"sub",
];

/// Makes inputs out of others, by the kinds of accident and malice that parsers meet.
pub(crate) struct Breeder {
    random: Rng,
    seeds: &'static [&'static [u8]],
    input: Vec<u8>,
}

impl Breeder {
    pub(crate) fn new(seeds: &'static [&'static [u8]], seed: u64) -> Self {
        Self { random: Rng::with_seed(seed), seeds, input: Vec::new() }
    }

    pub(crate) fn next_input(&mut self) -> &[u8] {
        self.input.clear();
        let seed = self.random.choice(self.seeds).expect("there are seeds");
        self.input.extend_from_slice(seed);
        for _ in 0..self.random.usize(1..8) {
            self.change();
        }
        self.input.truncate(MAX_LENGTH);
        &self.input
    }

    fn change(&mut self) {
        let place = self.random.usize(..=self.input.len());
        let end = self.random.usize(place..=self.input.len());
        match self.random.u8(..8) {
            0 => drop(self.input.drain(place..end)),
            1 => self.input.truncate(place),
            2 => {
                let piece = self.random.choice(PIECES).expect("there are pieces").to_vec();
                self.insert(place, piece);
            }
            3 => {
                let bytes = (0..self.random.usize(1..5)).map(|_| self.random.u8(..)).collect();
                self.insert(place, bytes);
            }
            4 => {
                if let Some(byte) = self.input.get_mut(place) {
                    *byte ^= 1 << self.random.u8(..8);
                }
            }
            5 => {
                let other = self.random.choice(self.seeds).expect("there are seeds").to_vec();
                self.insert(place, other);
            }
            6 => {
                let part = self.input[place..end].to_vec();
                self.insert(place, part);
            }
            _ => {
                // Many of the same, as an attack on time or depth would have it.
                let part = self.input[place..end.min(place + 8)].to_vec();
                let times = 1 << self.random.u8(..10);
                self.insert(place, part.repeat(times));
            }
        }
    }

    fn insert(&mut self, place: usize, bytes: Vec<u8>) {
        self.input.splice(place..place, bytes);
    }
}
