//! A headless Chromium, driven by the protocol of its developer tools.
#![expect(clippy::disallowed_types, reason = "how long a page takes to open is measured by the clock")]

use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tungstenite::{Message, WebSocket};

/// A browser with one tab.
pub struct Chromium {
    child: Child,
    socket: WebSocket<TcpStream>,
    session: String,
    last: u64,
    /// What happened that nobody has asked for, in order.
    pub events: Vec<Value>,
    _profile: tempfile::TempDir,
}

impl Chromium {
    /// Starts it: the program that `CHROMIUM` names, or `chromium`.
    pub fn start() -> Self {
        let profile = tempfile::tempdir().expect("a folder");
        let program = std::env::var_os("CHROMIUM").unwrap_or_else(|| "chromium".into());
        let child = Command::new(&program)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
            .args([
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--hide-scrollbars",
            ])
            .args(["--disable-dev-shm-usage", "--remote-debugging-port=0"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("{}: {error}; install Debian's chromium, or name one in CHROMIUM", program.display())
            });
        let port = profile.path().join("DevToolsActivePort");
        let text = patiently("the browser listens", || {
            std::fs::read_to_string(&port).ok().filter(|text| text.lines().count() >= 2)
        });
        let (port, path) = text.split_once('\n').expect("two lines");
        let stream = TcpStream::connect(("127.0.0.1", port.parse().expect("a port"))).expect("it listens");
        let address = format!("ws://127.0.0.1:{port}{}", path.trim());
        let (socket, _) = tungstenite::client(address, stream).expect("a DevTools socket");
        let mut browser =
            Self { child, socket, session: String::new(), last: 0, events: Vec::new(), _profile: profile };
        let target = browser.call("Target.createTarget", json!({ "url": "about:blank" }))["targetId"].clone();
        let attached = browser.call("Target.attachToTarget", json!({ "targetId": target, "flatten": true }));
        attached["sessionId"].as_str().expect("a session").clone_into(&mut browser.session);
        for domain in ["Page", "Runtime", "Network", "Log"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        browser
    }

    /// Calls a method and waits for its result.
    pub fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.last += 1;
        let mut call = json!({ "id": self.last, "method": method, "params": parameters });
        if !self.session.is_empty() {
            call["sessionId"] = json!(self.session);
        }
        self.socket.send(Message::text(call.to_string())).expect("the browser is there");
        loop {
            let message = self.socket.read().expect("the browser answers");
            let Ok(text) = message.to_text() else { continue };
            let Ok(answer) = serde_json::from_str::<Value>(text) else { continue };
            if answer["id"] == json!(self.last) {
                assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
                return answer["result"].clone();
            }
            self.events.push(answer);
        }
    }

    /// The value of an expression; promises are waited for.
    pub fn value(&mut self, expression: &str) -> Value {
        let parameters = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let answer = self.call("Runtime.evaluate", parameters);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {}", answer["exceptionDetails"]);
        answer["result"]["value"].clone()
    }

    /// Opens a file and waits until its charts are drawn; returns the milliseconds that this took.
    pub fn open(&mut self, page: &Path) -> f64 {
        self.events.clear();
        let begun = SystemTime::now();
        self.call("Page.navigate", json!({ "url": format!("file://{}", page.display()) }));
        patiently("the page is loaded", || {
            let state = self.value("document.readyState === 'complete' && location.protocol === 'file:'");
            (state == json!(true)).then_some(())
        });
        self.value("window.dtao ? dtao.ready.then(() => true, () => false) : false");
        begun.elapsed().expect("time passes").as_secs_f64() * 1e3
    }

    /// A window of this size, in light or dark.
    pub fn window(&mut self, width: u32, height: u32, scheme: &str) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", metrics);
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.call("Emulation.setEmulatedMedia", features);
    }

    /// Moves, presses or releases the mouse.
    pub fn mouse(&mut self, kind: &str, x: f64, y: f64, pressed: bool) {
        let buttons = u8::from(pressed);
        let event = json!({ "type": kind, "x": x, "y": y, "button": if kind == "mouseMoved" && !pressed { "none" } else { "left" }, "buttons": buttons, "clickCount": 1 });
        self.call("Input.dispatchMouseEvent", event);
    }

    /// The whole page as PNG.
    pub fn picture(&mut self) -> String {
        let answer =
            self.call("Page.captureScreenshot", json!({ "format": "png", "captureBeyondViewport": true }));
        answer["data"].as_str().expect("a picture").to_owned()
    }

    /// What went wrong since the page was opened: errors on the console, and requests for anything but the page itself.
    pub fn complaints(&self) -> Vec<String> {
        let complaint = |event: &Value| {
            let parameters = &event["params"];
            let told = match event["method"].as_str()? {
                "Runtime.exceptionThrown" => parameters["exceptionDetails"].to_string(),
                "Log.entryAdded" if parameters["entry"]["level"] == "error" => {
                    parameters["entry"].to_string()
                }
                "Runtime.consoleAPICalled"
                    if matches!(parameters["type"].as_str(), Some("error" | "warning" | "assert")) =>
                {
                    parameters.to_string()
                }
                "Network.requestWillBeSent" => {
                    let address = parameters["request"]["url"].as_str()?;
                    let own = parameters["type"] == "Document" && address.starts_with("file://");
                    if own || address.starts_with("data:") || address.starts_with("blob:") {
                        return None;
                    }
                    format!("request of {address}")
                }
                _ => return None,
            };
            Some(told)
        };
        self.events.iter().filter_map(complaint).collect()
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // Nothing can be done about a browser that does not end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks again for up to a minute.
fn patiently<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    for _ in 0..1_200 {
        if let Some(answer) = ask() {
            return answer;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("a minute has passed before {what}");
}
