//! Two requests to open-meteo.com: where a place is, then its weather.

mod forecast;
mod geocoding;
mod service;
mod summary;

wit_bindgen::generate!({ path: "wit", world: "weather" });

const DEFAULT_DAYS: u8 = 3;
/// As far as the service looks ahead.
const MAX_DAYS: u8 = 16;

struct Component;

export!(Component);

impl Guest for Component {
    fn get_weather(city: String, days: Option<u8>) -> Result<Report, String> {
        let days = days.unwrap_or(DEFAULT_DAYS);
        if !(1..=MAX_DAYS).contains(&days) {
            return Err(format!("days: 1 to {MAX_DAYS}, not {days}"));
        }
        let place = geocoding::find(&city)?;
        forecast::at(place, days)
    }
}
