//! The WebSocket protocol, on a stream in memory.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use divan::{Bencher, black_box};
use matchmaker::adapters::benchmarking::{Socket, match_found};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tungstenite::{
    Message,
    protocol::frame::{
        Frame, FrameHeader,
        coding::{Control, Data, OpCode},
    },
};

use crate::{matches::match_, wire::REGISTRATION};

/// A client that says the same again and again, as much of it at a time as is read, and takes whatever it is told.
struct Client {
    says: Vec<u8>,
    said: usize,
}

impl AsyncRead for Client {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let client = self.get_mut();
        let part = &client.says[client.said..];
        let part = &part[..part.len().min(buffer.remaining())];
        client.said = (client.said + part.len()) % client.says.len();
        buffer.put_slice(part);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Client {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(black_box(bytes).len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// A client's frame, masked as the protocol has it.
fn frame(payload: &[u8], kind: OpCode, is_final: bool) -> Vec<u8> {
    let header = FrameHeader { is_final, opcode: kind, mask: Some(*b"mask"), ..FrameHeader::default() };
    let mut bytes = Vec::new();
    Frame::from_payload(header, payload.to_vec().into()).format(&mut bytes).expect("a vector takes everything");
    bytes
}

fn text(payload: &[u8]) -> Vec<u8> {
    frame(payload, OpCode::Data(Data::Text), true)
}

fn socket(says: Vec<u8>) -> Socket<Client> {
    Socket::new(Client { says, said: 0 })
}

fn hear(socket: &mut Socket<Client>) -> Message {
    match socket.read() {
        Poll::Ready(Ok(message)) => message,
        other => panic!("the client says more: {other:?}"),
    }
}

fn tell(socket: &mut Socket<Client>, message: Message) {
    assert!(matches!(socket.write(message), Poll::Ready(Ok(()))));
}

/// From the handshake to the registration, and gone.
#[divan::bench]
fn open_and_read_registration(bencher: Bencher) {
    bencher.with_inputs(|| text(REGISTRATION.as_bytes())).bench_values(|says| hear(&mut socket(says)));
}

#[divan::bench]
fn read_registration(bencher: Bencher) {
    let mut socket = socket(text(REGISTRATION.as_bytes()));
    bencher.bench_local(|| hear(&mut socket));
}

/// Texts of the longest that one reads at a time, and of the longest that is read.
#[divan::bench(args = [240, 4_096])]
fn read_text(bencher: Bencher, length: usize) {
    let mut socket = socket(text(&vec![b'x'; length]));
    bencher.bench_local(|| hear(&mut socket));
}

/// The registration in three frames, with a ping between them.
#[divan::bench]
fn read_fragments(bencher: Bencher) {
    let (first, rest) = REGISTRATION.as_bytes().split_at(20);
    let (second, third) = rest.split_at(20);
    let says = [
        frame(first, OpCode::Data(Data::Text), false),
        frame(b"ping", OpCode::Control(Control::Ping), true),
        frame(second, OpCode::Data(Data::Continue), false),
        frame(third, OpCode::Data(Data::Continue), true),
    ];
    let mut socket = socket(says.concat());
    bencher.bench_local(|| {
        assert!(hear(&mut socket).is_ping());
        hear(&mut socket)
    });
}

/// A client's ping and the pong to it.
#[divan::bench]
fn answer_ping(bencher: Bencher) {
    let mut socket = socket(frame(b"ping", OpCode::Control(Control::Ping), true));
    bencher.bench_local(|| {
        let ping = hear(&mut socket);
        assert!(matches!(socket.flush(), Poll::Ready(Ok(()))));
        ping
    });
}

/// A ping of the server's and the client's pong.
#[divan::bench]
fn ping(bencher: Bencher) {
    let mut socket = socket(frame(b"", OpCode::Control(Control::Pong), true));
    bencher.bench_local(|| {
        tell(&mut socket, Message::Ping(tungstenite::Bytes::new()));
        hear(&mut socket)
    });
}

/// The push of a new match, whose text is there already.
#[divan::bench]
fn write_match_found(bencher: Bencher) {
    let match_ = match_(0);
    let text = match_found(&match_.players()[0], &match_).expect("he is in it");
    let mut socket = socket(vec![0]);
    bencher.with_inputs(|| Message::Text(text.clone())).bench_local_values(|message| tell(&mut socket, message));
}
