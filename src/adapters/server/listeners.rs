use std::{io, net::SocketAddr};

use tokio::net::{TcpListener, TcpSocket};

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 4096;

/// The open ports.
#[derive(Debug)]
pub struct Listeners {
    /// Where clients come in.
    pub public: TcpListener,
    /// Where operators do, if that is another port.
    pub operations: Option<TcpListener>,
}

/// A port could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {cause}; choose another address with {flags}")]
pub struct ListenError {
    address: SocketAddr,
    flags: &'static str,
    #[source]
    cause: io::Error,
}

impl Listeners {
    /// Opens the ports.
    ///
    /// # Errors
    ///
    /// When an address cannot be bound: it is in use, not this machine's, or not permitted.
    pub fn open(public: SocketAddr, operations: Option<SocketAddr>) -> Result<Self, ListenError> {
        let public = listen(public, "--host and --port")?;
        let operations = operations.map(|address| listen(address, "--ops-host and --ops-port")).transpose()?;
        Ok(Self { public, operations })
    }

    /// Tells the log where the server listens.
    ///
    /// # Errors
    ///
    /// When the system does not know an address.
    pub fn log(&self, max_connections: usize) -> io::Result<()> {
        tracing::info!(address = %self.public.local_addr()?, max_connections, "listening");
        if let Some(operations) = &self.operations {
            tracing::info!(address = %operations.local_addr()?, "listening for operators");
        }
        Ok(())
    }
}

fn listen(address: SocketAddr, flags: &'static str) -> Result<TcpListener, ListenError> {
    let listen = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    listen().map_err(|cause| ListenError { address, flags, cause })
}
