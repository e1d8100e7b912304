//! The text for Prometheus, in the OpenMetrics format.

use std::fmt;
use std::sync::Arc;

use feed::{Counters, Status, StatusMessage};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{Registry, Unit};

use crate::state::{DeviceState, State};

/// The type of the text.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Returns the metrics of this moment. Each has the identity, the name, the program's version and the
/// model of the device as labels.
pub fn text(state: &State) -> String {
    let device = state.device().borrow().clone();
    let hello = device.hello.clone().unwrap_or_default();
    let labels = [
        ("device_id", hello.device_id.clone()),
        ("device_name", hello.device_name.clone()),
        ("version", hello.program_version.clone()),
        ("model", hello.model_sha256.clone()),
    ];
    let labels = labels.into_iter().map(|(name, value)| (name.into(), value.into()));
    let mut registry = Registry::with_prefix_and_labels("cardsight", labels);
    let collector =
        DeviceCollector { device, mqtt: state.mqtt(), viewers: *state.viewers().borrow() };
    registry.register_collector(Box::new(collector));
    let mut text = String::new();
    // Writing to a text can't fail.
    let _ = encode(&mut text, &registry);
    text
}

/// Turns what the device has said last into metrics.
#[derive(Debug)]
struct DeviceCollector {
    device: DeviceState,
    mqtt: Option<bool>,
    viewers: usize,
}

impl Collector for DeviceCollector {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let mut metrics = Metrics { encoder };
        metrics.gauge("up", "Whether the recogniser can be reached", self.device.is_connected)?;
        metrics.gauge("page_viewers", "Open pages", self.viewers as f64)?;
        if let Some(is_connected) = self.mqtt {
            metrics.gauge("mqtt_connected", "Whether MQTT is connected", is_connected)?;
        }
        if let Some(hello) = &self.device.hello {
            metrics.info(&hello.model_sha256)?;
        }
        let Some(message) = &self.device.status else { return Ok(()) };
        let StatusMessage { status, counters, .. } = Arc::as_ref(message);
        metrics.status(status)?;
        metrics.counters(counters)
    }
}

/// Writes metrics.
struct Metrics<'a> {
    encoder: DescriptorEncoder<'a>,
}

impl Metrics<'_> {
    fn status(&mut self, status: &Status) -> fmt::Result {
        self.gauge("healthy", "Whether frames go through and no camera fails", status.healthy)?;
        self.gauge("cards", "Cards that are seen", status.cards.len() as f64)?;
        self.gauge("frames_per_second", "Recognised frames in a second", status.fps)?;
        self.counter("frames", "Recognised frames", status.frames)?;
        self.counter("frames_dropped", "Frames that came too fast", status.dropped_frames)?;
        self.counter("restarts", "Restarts of the service", status.restarts)?;
        let uptime = status.uptime_seconds as f64;
        self.gauge_in("uptime", "Since the start of the program", &Unit::Seconds, uptime)?;
        if let Some(celsius) = status.temperature_celsius {
            self.gauge_in("temperature", "The hottest part of the board", &Unit::Celsius, celsius)?;
        }
        Ok(())
    }

    fn counters(&mut self, counters: &Counters) -> fmt::Result {
        self.counter("frames_named", "Frames with a named card", counters.frames_named)?;
        self.counter("frames_unsure", "Frames with a card without a name", counters.frames_unsure)?;
        if let Some(bytes) = counters.resident_bytes {
            let help = "Memory of the recogniser";
            self.gauge_in("resident_memory", help, &Unit::Bytes, bytes as f64)?;
        }
        if let Some(is_throttled) = counters.throttled {
            let help = "Whether the board has lowered its clock";
            self.gauge("throttled", help, is_throttled)?;
        }
        for (name, help, counts) in [
            ("faults", "How often a device began to fail", &counters.faults),
            ("reconnects", "How often a device worked again after a fault", &counters.reconnects),
        ] {
            let mut metric =
                self.encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
            for (device, count) in counts {
                let labels = [("kind", device.as_str())];
                ConstCounter::new(*count).encode(metric.encode_family(&labels)?)?;
            }
        }
        self.stages(counters)
    }

    fn stages(&mut self, counters: &Counters) -> fmt::Result {
        let help = "The time of each stage in a frame";
        let mut metric = self.encoder.encode_descriptor(
            "stage",
            help,
            Some(&Unit::Seconds),
            MetricType::Histogram,
        )?;
        let bounds = counters.bounds_seconds.iter().copied().chain([f64::INFINITY]);
        for (stage, histogram) in &counters.stages {
            let buckets: Vec<(f64, u64)> =
                bounds.clone().zip(histogram.counts.iter().copied()).collect();
            let count = histogram.counts.iter().sum();
            let labels = [("stage", stage.as_str())];
            let mut encoder = metric.encode_family(&labels)?;
            encoder.encode_histogram::<[(String, String); 0]>(
                histogram.sum_seconds,
                count,
                &buckets,
                None,
            )?;
        }
        Ok(())
    }

    /// A gauge that is always 1, because promtool does not know the type "info".
    fn info(&mut self, model_sha256: &str) -> fmt::Result {
        let help = "The classifier by the SHA-256 of its file";
        let mut metric =
            self.encoder.encode_descriptor("model_info", help, None, MetricType::Gauge)?;
        let labels = [("sha256", model_sha256)];
        ConstGauge::new(1).encode(metric.encode_family(&labels)?)
    }

    fn gauge(&mut self, name: &str, help: &str, value: impl Into<f64>) -> fmt::Result {
        let metric = self.encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        ConstGauge::new(value.into()).encode(metric)
    }

    fn gauge_in(&mut self, name: &str, help: &str, unit: &Unit, value: f64) -> fmt::Result {
        let metric = self.encoder.encode_descriptor(name, help, Some(unit), MetricType::Gauge)?;
        ConstGauge::new(value).encode(metric)
    }

    fn counter(&mut self, name: &str, help: &str, value: u64) -> fmt::Result {
        let metric = self.encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
        ConstCounter::new(value).encode(metric)
    }
}

#[cfg(test)]
mod tests;
