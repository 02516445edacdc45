use crate::{Conditions, Day, Place, Report, service, summary};
use http_client::percent;
use serde::Deserialize;

#[derive(Deserialize)]
struct Forecast {
    current: Current,
    daily: Daily,
}

#[derive(Deserialize)]
struct Current {
    time: String,
    temperature_2m: f64,
    apparent_temperature: f64,
    relative_humidity_2m: f64,
    precipitation: f64,
    weather_code: u8,
    wind_speed_10m: f64,
    wind_direction_10m: f64,
}

/// One list for each quantity, one place in each list for a day.
#[derive(Deserialize)]
struct Daily {
    time: Vec<String>,
    weather_code: Vec<Option<u8>>,
    temperature_2m_max: Vec<Option<f64>>,
    temperature_2m_min: Vec<Option<f64>>,
    precipitation_sum: Vec<Option<f64>>,
    precipitation_probability_max: Vec<Option<f64>>,
    wind_speed_10m_max: Vec<Option<f64>>,
}

const CURRENT: &str = "temperature_2m,apparent_temperature,relative_humidity_2m,precipitation,\
    weather_code,wind_speed_10m,wind_direction_10m";
const DAILY: &str = "weather_code,temperature_2m_max,temperature_2m_min,precipitation_sum,\
    precipitation_probability_max,wind_speed_10m_max";

pub fn at(place: Place, days: u8) -> Result<Report, String> {
    let Forecast { current, daily } = service::get(&format!(
        "https://api.open-meteo.com/v1/forecast?latitude={}&longitude={}&timezone={}\
         &forecast_days={days}&current={CURRENT}&daily={DAILY}",
        place.latitude,
        place.longitude,
        percent::encode(&place.timezone),
    ))?;
    let now = Conditions {
        time: current.time,
        summary: summary::of(Some(current.weather_code)),
        temperature: current.temperature_2m,
        feels_like: current.apparent_temperature,
        humidity: current.relative_humidity_2m,
        precipitation: current.precipitation,
        wind_speed: current.wind_speed_10m,
        wind_direction: current.wind_direction_10m,
    };
    Ok(Report {
        place,
        now,
        days: days_of(&daily),
    })
}

fn days_of(daily: &Daily) -> Vec<Day> {
    let value = |list: &[Option<f64>], at: usize| list.get(at).copied().flatten();
    let day = |(at, date): (usize, &String)| Day {
        date: date.clone(),
        summary: summary::of(daily.weather_code.get(at).copied().flatten()),
        high: value(&daily.temperature_2m_max, at),
        low: value(&daily.temperature_2m_min, at),
        precipitation: value(&daily.precipitation_sum, at),
        precipitation_probability: value(&daily.precipitation_probability_max, at),
        wind_speed: value(&daily.wind_speed_10m_max, at),
    };
    daily.time.iter().enumerate().map(day).collect()
}
