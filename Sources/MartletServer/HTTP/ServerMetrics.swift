import Synchronization

/// The server's own metrics. Requests are labelled by route template, never by path.
final class ServerMetrics: Sendable {
    /// The label of what no route answered.
    static let unmatched = "unmatched"

    let requestsInFlight: Gauge
    let connections: Gauge
    let connectionsRefused: Counter
    private let routes: [RouteMetrics]
    private let other: RouteMetrics

    init(_ registry: MetricsRegistry, routes: [Route]) {
        let requests = registry.counters(
            "martlet_http_requests_total", help: "Requests answered.", labels: ["method", "route", "code"]
        )
        let durations = registry.histograms(
            "martlet_http_request_duration_seconds",
            help: "Time from the last byte of a request to the hand-over of its answer, in seconds.", labels: ["route"]
        )
        requestsInFlight = registry.gauge("martlet_http_requests_in_flight", help: "Requests whose handler runs.")
        connections = registry.gauge("martlet_http_connections", help: "Open connections.")
        connectionsRefused = registry.counter(
            "martlet_http_connections_refused_total", help: "Connections refused because there were too many."
        )
        self.routes = routes.map { RouteMetrics($0.template, requests, durations) }
        other = RouteMetrics(Self.unmatched, requests, durations)
    }

    func record(_ method: HTTPRequest.Method, _ route: Route?, status: Int, seconds: Double) {
        (route.map { routes[$0.index] } ?? other).record(method, status: status, seconds: seconds)
    }
}

/// The metrics of one route; it keeps its series, so that a request looks up a small table only.
private final class RouteMetrics: Sendable {
    private struct Key: Hashable {
        let method: HTTPRequest.Method
        let status: Int
    }

    private let template: String
    private let requests: MetricFamily<Counter>
    private let durations: MetricFamily<Histogram>
    private let counters = Mutex<[Key: Counter]>([:])
    private let duration = Mutex<Histogram?>(nil)

    init(_ template: String, _ requests: MetricFamily<Counter>, _ durations: MetricFamily<Histogram>) {
        self.template = template
        self.requests = requests
        self.durations = durations
    }

    func record(_ method: HTTPRequest.Method, status: Int, seconds: Double) {
        counter(Key(method: method, status: status)).increment()
        histogram.observe(seconds)
    }

    private func counter(_ key: Key) -> Counter {
        counters.withLock { counters in
            if let known = counters[key] { return known }
            let made = requests.labelled(key.method.name, template, String(key.status))
            counters[key] = made
            return made
        }
    }

    /// Made with the first request, so that a route which is never called takes no series.
    private var histogram: Histogram {
        duration.withLock { duration in
            if let duration { return duration }
            let made = durations.labelled(template)
            duration = made
            return made
        }
    }
}
