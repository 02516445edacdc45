use serde::Deserialize;
use serde::de::DeserializeOwned;

const MAX_BODY_BYTES: usize = 1024 * 1024;

/// What the service says of a request that it does not answer.
#[derive(Deserialize)]
struct Refusal {
    reason: String,
}

pub fn get<T: DeserializeOwned>(url: &str) -> Result<T, String> {
    let headers = [
        ("accept", "application/json"),
        ("user-agent", "wassette-edge-weather/0.1.0"),
    ];
    let answer = http_client::get(url, &headers, MAX_BODY_BYTES)?;
    if answer.status != 200 {
        let reason = serde_json::from_slice::<Refusal>(&answer.body).map(|refusal| refusal.reason);
        return Err(match reason {
            Ok(reason) => format!("open-meteo.com, status {}: {reason}", answer.status),
            Err(_) => format!("open-meteo.com, status {}", answer.status),
        });
    }
    serde_json::from_slice(&answer.body)
        .map_err(|error| format!("open-meteo.com answered something else: {error}"))
}
