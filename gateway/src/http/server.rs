//! Connections, and their limits: each serves one request, and whoever sends none makes room for others.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, spawn_local};
use tokio::time::{Instant, sleep};

use crate::config::HttpConfig;
use crate::http::access::{AccessControl, TokenError, read_token};
use crate::http::patient_stream::PatientStream;
use crate::http::routes::Site;
use crate::state::State;

/// Connections at the same time. A further one ends the oldest of those that wait for a request.
const MOST_CONNECTIONS: usize = 128;

/// The time for the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest head of a request.
const LONGEST_HEAD_BYTES: usize = 16 * 1024;

/// Why the page can't be served.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    #[error(
        "can't serve the page at {address}; another program may use it, or it is not an address of this device"
    )]
    Bind { address: SocketAddr, source: io::Error },
    #[error("the page is served at {address}, which other machines can reach, and needs a token")]
    NoToken { address: SocketAddr, source: TokenError },
}

/// The server, which listens at all addresses.
#[derive(Debug)]
pub struct Server {
    listeners: Vec<TcpListener>,
    site: Rc<Site>,
}

impl Server {
    /// Listens at the addresses of a configuration.
    ///
    /// # Errors
    /// An address can't be used, or the token of a page that other machines can reach is missing.
    pub async fn bind(config: &HttpConfig, state: Arc<State>) -> Result<Self, ServerError> {
        let token = match read_token(&config.token_file) {
            Ok(token) => Some(token),
            Err(source) => {
                if let Some(address) = config.listen.iter().find(|at| !at.ip().is_loopback()) {
                    return Err(ServerError::NoToken { address: *address, source });
                }
                None
            }
        };
        let mut listeners = Vec::new();
        for address in &config.listen {
            let listener = TcpListener::bind(address)
                .await
                .map_err(|source| ServerError::Bind { address: *address, source })?;
            let address = listener.local_addr().unwrap_or(*address);
            log::info!("the page is at http://{address}/");
            listeners.push(listener);
        }
        let hosts = [config.hosts.clone(), names_of_machine()].concat();
        let access = AccessControl::new(&hosts, token.as_deref());
        Ok(Self { listeners, site: Rc::new(Site::new(state, access)) })
    }

    /// The addresses at which the server listens.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.listeners.iter().filter_map(|listener| listener.local_addr().ok()).collect()
    }

    /// Serves for ever. Must be called in a `LocalSet`, because everything is on one thread.
    pub fn serve(self) {
        let connections = Rc::new(RefCell::new(Connections::default()));
        for listener in self.listeners {
            spawn_local(accept_all(listener, Rc::clone(&self.site), Rc::clone(&connections)));
        }
    }
}

/// The name of the machine, and the one under which mDNS announces it.
fn names_of_machine() -> Vec<String> {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    match name.trim() {
        "" => Vec::new(),
        name => vec![name.to_owned(), format!("{name}.local")],
    }
}

async fn accept_all(listener: TcpListener, site: Rc<Site>, connections: Rc<RefCell<Connections>>) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => accept(stream, peer, &site, &connections),
            Err(error) => {
                // Too many open files, for example, which passes.
                log::debug!("can't accept a connection: {error}");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

fn accept(
    stream: TcpStream,
    peer: SocketAddr,
    site: &Rc<Site>,
    connections: &Rc<RefCell<Connections>>,
) {
    let Ok(local) = stream.local_addr() else { return };
    connections.borrow_mut().make_room();
    let is_serving = Rc::new(RefCell::new(false));
    let task = spawn_local(serve(stream, peer, local, Rc::clone(site), Rc::clone(&is_serving)));
    connections.borrow_mut().all.push_back(Connection { task: task.abort_handle(), is_serving });
}

/// Serves one request.
async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    local: SocketAddr,
    site: Rc<Site>,
    is_serving: Rc<RefCell<bool>>,
) {
    let started = site.started;
    let service = service_fn(|request: Request<Incoming>| {
        is_serving.replace(true);
        let site = Rc::clone(&site);
        let now = Instant::now().saturating_duration_since(started);
        async move { Ok::<_, std::convert::Infallible>(site.answer(request, peer, local, now).await) }
    });
    let outcome = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(LONGEST_HEAD_BYTES)
        .keep_alive(false)
        .serve_connection(TokioIo::new(PatientStream::new(stream)), service)
        .await;
    if let Err(error) = outcome {
        log::debug!("a connection from {peer} ends: {error}");
    }
}

/// The connections, the oldest one first.
#[derive(Debug, Default)]
struct Connections {
    all: VecDeque<Connection>,
}

#[derive(Debug)]
struct Connection {
    task: AbortHandle,
    /// Whether its request has arrived.
    is_serving: Rc<RefCell<bool>>,
}

impl Connections {
    /// Makes room for another connection: of those that have sent no request, or else of all, the
    /// oldest one ends.
    fn make_room(&mut self) {
        self.all.retain(|connection| !connection.task.is_finished());
        if self.all.len() >= MOST_CONNECTIONS {
            let idle = self.all.iter().position(|connection| !*connection.is_serving.borrow());
            if let Some(connection) = self.all.remove(idle.unwrap_or(0)) {
                connection.task.abort();
            }
        }
    }
}
