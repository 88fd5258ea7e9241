//! A server on loopback over an engine.

#![allow(dead_code, reason = "every test uses its own part of it")]

use std::{path::Path, sync::Arc};

use reqwest::{Client, RequestBuilder, redirect};
use server::{
    config::Config,
    pipeline::Engine,
    web::{Web, serve},
};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

pub struct Server {
    pub url: String,
    client: Client,
    _stop: DropGuard,
}

impl Server {
    pub async fn start(engine: &Engine, site_root: &Path, config: Config) -> Self {
        let web = Web {
            store: engine.store.clone(),
            hub: engine.hub.clone(),
            clock: engine.clock.clone(),
            operator: None,
            site_root: site_root.to_owned(),
            faults: None,
            config: Arc::new(config),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        tokio::spawn(serve(listener, web, stop.clone()));
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .build()
            .unwrap();
        Self {
            url,
            client,
            _stop: stop.drop_guard(),
        }
    }

    pub fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.url))
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.url))
    }

    pub fn delete(&self, path: &str) -> RequestBuilder {
        self.client.delete(format!("{}{path}", self.url))
    }
}
