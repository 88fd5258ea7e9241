//! `/api/v1/openapi.json`: the API's description, made from the table its routes are made from.

use axum::Json;
use serde_json::{Map, Value, json};

use super::api::{Endpoint, endpoints};

const DESCRIPTION: &str = "Times are milliseconds since the epoch, UTC. What happens is also told as server-sent events \
    at /events: the name of an event is its topic, its data is JSON with that one key. Topics: hello (first on every \
    connection), price, bars, book, trades, consensus (newest state, may be skipped), gap, source (connections, \
    fail-overs), health (verdict, layers, feeds with their streams), alert (with an id; none is skipped: a client that \
    reconnects with last-event-id or ?after= gets what it missed), run, reset (load again), hb (every 15 s of silence), \
    bye.";

/// The description.
pub async fn document() -> Json<Value> {
    Json(describe(&endpoints()))
}

fn describe(endpoints: &[Endpoint]) -> Value {
    let mut paths = Map::new();
    for endpoint in endpoints {
        let path = paths
            .entry(endpoint.path)
            .or_insert_with(|| Value::Object(Map::new()));
        if let Some(methods) = path.as_object_mut() {
            methods.insert(endpoint.method.to_owned(), operation(endpoint));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Assay",
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
        },
        "servers": [{ "url": "/api/v1" }],
        "paths": paths,
        "components": {
            "securitySchemes": { "operator": { "type": "http", "scheme": "bearer" } },
            "schemas": {
                "Error": {
                    "type": "object",
                    "required": ["error"],
                    "properties": { "error": { "type": "string" } },
                },
            },
        },
    })
}

fn operation(endpoint: &Endpoint) -> Value {
    let in_path = endpoint
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }));
    let parameters: Vec<Value> = in_path
        .chain(endpoint.query.iter().map(|name| parameter(name)))
        .collect();
    let error = json!({
        "description": "Why not",
        "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } },
    });
    let mut operation = json!({
        "summary": endpoint.summary,
        "parameters": parameters,
        "responses": { "default": error },
    });
    let (status, answer) = if endpoint.method == "delete" {
        ("204", json!({ "description": "Done" }))
    } else {
        let schema = if endpoint.list.is_empty() {
            json!({ "type": "object" })
        } else {
            json!({
                "type": "object",
                "required": [endpoint.list],
                "properties": { endpoint.list: { "type": "array", "items": { "type": "object" } } },
            })
        };
        (
            "200",
            json!({ "description": endpoint.summary, "content": { "application/json": { "schema": schema } } }),
        )
    };
    operation["responses"][status] = answer;
    if endpoint.operator {
        // the empty object: no token is needed from the machine itself while none is configured
        operation["security"] = json!([{ "operator": [] }, {}]);
    }
    operation
}

fn parameter(name: &str) -> Value {
    let (schema, description) = match name {
        "limit" => (
            json!({ "type": "integer", "minimum": 1, "maximum": 1000, "default": 100 }),
            "Most rows",
        ),
        "hours" => (
            json!({ "type": "integer", "minimum": 1, "maximum": 168, "default": 24 }),
            "How far back",
        ),
        "seconds" => (
            json!({ "type": "integer", "minimum": 1, "maximum": 86400 }),
            "Seconds until it goes off by itself",
        ),
        "name" => (json!({ "type": "string" }), "Name of the file"),
        "by" => (
            json!({ "type": "string" }),
            "Who does it; default: operator",
        ),
        "check" => (
            json!({ "type": "string", "default": "*" }),
            "Check, or a pattern with *",
        ),
        "entity" => (
            json!({ "type": "string", "default": "*" }),
            "INSTRUMENT/VENUE/live or INSTRUMENT/VENUE/FILE, or a pattern with *",
        ),
        "for" => (json!({ "type": "string" }), "How long: 30m, 2h, 7d"),
        "until_resolved" => (
            json!({ "type": "boolean" }),
            "Until the alerts it keeps back are resolved, in place of a time",
        ),
        "reason" => (json!({ "type": "string" }), "Why"),
        "format" => (json!({ "type": "string" }), "Format the file must have"),
        "from" => (
            json!({ "type": "string" }),
            "First time: milliseconds since the epoch, or a date or time in ISO 8601",
        ),
        "to" => (json!({ "type": "string" }), "First time after the range"),
        "step" => (
            json!({ "enum": app::model::Step::ALL.map(|step| step.name) }),
            "Length of a bar",
        ),
        "pipeline" => (json!({ "enum": ["live", "batch"] }), "Which pipeline"),
        "instrument" => (
            json!({ "type": "string" }),
            "BTC-USD; default: that of the live series",
        ),
        "venue" => (
            json!({ "type": "string" }),
            "binance; default: the instrument's primary venue, or all where rows have no single venue",
        ),
        _ => (json!({ "type": "string" }), "Only rows in this state"),
    };
    json!({ "name": name, "in": "query", "required": false, "schema": schema, "description": description })
}
