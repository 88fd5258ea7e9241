//! Migrations are compiled in: a changed one must rebuild the server.
fn main() {
    println!("cargo:rerun-if-changed=../migrations/sqlite");
}
