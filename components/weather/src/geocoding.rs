use crate::{Place, service};
use http_client::percent;
use serde::Deserialize;

#[derive(Deserialize)]
struct Found {
    #[serde(default)]
    results: Vec<Location>,
}

#[derive(Deserialize)]
struct Location {
    name: String,
    latitude: f64,
    longitude: f64,
    admin1: Option<String>,
    country: Option<String>,
    country_code: Option<String>,
    timezone: Option<String>,
}

/// The first place of the name; words after a comma must be in its region or country.
pub fn find(city: &str) -> Result<Place, String> {
    let mut words = city.split(',').map(str::trim);
    let name = words.next().unwrap_or_default();
    let within: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    if name.is_empty() {
        return Err("city: empty".to_owned());
    }
    let count = if within.is_empty() { 1 } else { 50 };
    let found: Found = service::get(&format!(
        "https://geocoding-api.open-meteo.com/v1/search?name={}&count={count}&language=en&format=json",
        percent::encode(name),
    ))?;
    let location = found
        .results
        .into_iter()
        .find(|location| location.is_within(&within));
    location
        .map(Place::from)
        .ok_or(format!("no place is called {city:?}"))
}

impl Location {
    fn is_within(&self, words: &[&str]) -> bool {
        let areas = [&self.admin1, &self.country, &self.country_code];
        words.iter().all(|word| {
            let word = word.to_lowercase();
            areas.iter().any(|area| {
                area.as_ref()
                    .is_some_and(|area| area.to_lowercase() == word)
            })
        })
    }
}

impl From<Location> for Place {
    fn from(location: Location) -> Self {
        Self {
            name: location.name,
            region: location.admin1,
            country: location.country,
            latitude: location.latitude,
            longitude: location.longitude,
            timezone: location.timezone.unwrap_or_else(|| "GMT".to_owned()),
        }
    }
}
