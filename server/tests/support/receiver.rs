//! Those who are told: a small HTTP server and a small mail server, which take what they get or fail as told.

#![allow(dead_code, reason = "every test uses its own part of it")]

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

/// What a receiver does with the next thing it gets; without anything it takes it.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Answers with this status, or this code of SMTP, and this header line.
    Say(u16, String),
    /// Reads all, and says nothing.
    Hang,
    /// Reads all, and closes the connection.
    Drop,
}

pub fn say(status: u16) -> Reply {
    Reply::Say(status, String::new())
}

/// What arrived.
#[derive(Debug, Clone)]
pub struct Received {
    /// The headers of a request; the commands of a mail.
    pub head: String,
    /// The body; the text of a mail.
    pub body: String,
}

impl Received {
    /// A header of the request, or of the mail.
    pub fn header(&self, name: &str) -> Option<String> {
        let head = match self.head.starts_with("POST") {
            true => &self.head,
            false => &self.body,
        };
        head.lines()
            .take_while(|line| !line.is_empty())
            .filter_map(|line| line.split_once(':'))
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim().to_owned())
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

pub struct Receiver {
    pub addr: SocketAddr,
    script: Arc<Mutex<VecDeque<Reply>>>,
    received: mpsc::UnboundedReceiver<Received>,
}

impl Receiver {
    /// One that is posted to.
    pub async fn http() -> Self {
        Self::start(http).await
    }

    /// One that is mailed to.
    pub async fn smtp() -> Self {
        Self::start(smtp).await
    }

    async fn start<F>(serve: impl Fn(TcpStream, Next) -> F + Send + 'static) -> Self
    where
        F: Future<Output = std::io::Result<()>> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let (tell, received) = mpsc::unbounded_channel();
        let script = Arc::new(Mutex::new(VecDeque::new()));
        let next = Next {
            script: Arc::clone(&script),
            tell,
        };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // a client that goes away in the middle is what some tests are about
                drop(tokio::spawn(serve(stream, next.clone())));
            }
        });
        Self {
            addr,
            script,
            received,
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}/hook/T0KEN", self.addr)
    }

    /// What it does with the next things it gets.
    pub fn then(&self, replies: impl IntoIterator<Item = Reply>) {
        self.script.lock().unwrap().extend(replies);
    }

    /// Waits for the next thing that arrives.
    pub async fn next(&mut self) -> Received {
        self.received.recv().await.unwrap()
    }

    /// What has arrived and was not looked at.
    pub fn rest(&mut self) -> Vec<Received> {
        std::iter::from_fn(|| self.received.try_recv().ok()).collect()
    }
}

#[derive(Clone)]
struct Next {
    script: Arc<Mutex<VecDeque<Reply>>>,
    tell: mpsc::UnboundedSender<Received>,
}

impl Next {
    fn take(&self, head: String, body: String) -> Option<Reply> {
        let reply = self.script.lock().unwrap().pop_front();
        let _ = self.tell.send(Received { head, body });
        reply
    }
}

async fn http(stream: TcpStream, next: Next) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).await? == 0 {
            return Ok(());
        }
    }
    let length = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(0, |(_, value)| value.trim().parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    let body = String::from_utf8(body).unwrap();
    match next.take(head, body) {
        Some(Reply::Drop) => Ok(()),
        Some(Reply::Hang) => hang(stream).await,
        reply => {
            let (status, header) = match reply {
                Some(Reply::Say(status, header)) => (status, header),
                _ => (200, String::new()),
            };
            let words = if status == 200 {
                ""
            } else {
                "T0KEN is refused"
            };
            let answer = format!(
                "HTTP/1.1 {status} x\r\n{header}content-length: {}\r\nconnection: close\r\n\r\n{words}",
                words.len()
            );
            stream.write_all(answer.as_bytes()).await
        }
    }
}

/// Until the other side gives up.
async fn hang(mut stream: BufReader<TcpStream>) -> std::io::Result<()> {
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.map(drop)
}

async fn smtp(stream: TcpStream, next: Next) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 here\r\n").await?;
    let mut commands = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let word = line.split([' ', '\r']).next().unwrap_or("").to_uppercase();
        let answer = match word.as_str() {
            "EHLO" => "250-here\r\n250 AUTH PLAIN LOGIN\r\n",
            "AUTH" => "235 welcome\r\n",
            "QUIT" => "221 bye\r\n",
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await?;
                let mut text = String::new();
                while !text.ends_with("\r\n.\r\n") {
                    stream.read_line(&mut text).await?;
                }
                match next.take(std::mem::take(&mut commands), text) {
                    Some(Reply::Drop) => return Ok(()),
                    Some(Reply::Hang) => return hang(stream).await,
                    Some(Reply::Say(code, _)) => {
                        stream
                            .write_all(format!("{code} no\r\n").as_bytes())
                            .await?;
                        continue;
                    }
                    None => "250 taken\r\n",
                }
            }
            _ => "250 ok\r\n",
        };
        commands += &line;
        stream.write_all(answer.as_bytes()).await?;
    }
}
