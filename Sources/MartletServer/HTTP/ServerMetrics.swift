import Synchronization

/// The server's own metrics. Requests are labelled by route template, never by path.
final class ServerMetrics: Sendable {
    /// The label of what no route answered.
    static let unmatched = "unmatched"

    let connections: Gauge
    let connectionsRefused: Counter
    private let routes: [RouteMetrics]
    private let other: RouteMetrics

    init(_ registry: MetricsRegistry, routes: [Route], load: ServerLoad) {
        let requests = registry.counters(
            "martlet_http_requests_total", help: "Requests answered.", labels: ["method", "route", "code"]
        )
        let durations = registry.histograms(
            "martlet_http_request_duration_seconds",
            help: "Time from the last byte of a request to the hand-over of its answer, in seconds.", labels: ["route"]
        )
        registry.observe("martlet_http_requests_in_flight", .gauge, help: "Requests whose handler runs.") { Double(load.runningCount) }
        connections = registry.gauge("martlet_http_connections", help: "Open connections.")
        connectionsRefused = registry.counter(
            "martlet_http_connections_refused_total", help: "Connections refused because there were too many."
        )
        self.routes = routes.map { RouteMetrics($0.method, $0.template, requests, durations) }
        other = RouteMetrics(.get, Self.unmatched, requests, durations)
    }

    func record(_ method: HTTPRequest.Method, _ route: Route?, status: Int, seconds: Double) {
        (route.map { routes[$0.index] } ?? other).record(method, status: status, seconds: seconds)
    }
}

/// The metrics of one route; it keeps its series, so that a request looks nothing up.
///
/// Each is made with the first request that needs it, so that a route which is never called takes no series.
private final class RouteMetrics: Sendable {
    private struct Key: Hashable {
        let method: HTTPRequest.Method
        let status: Int
    }

    private struct Series {
        /// Of the route's own method with status 200.
        var successes: Counter?
        var others: [Key: Counter] = [:]
        var durations: Histogram?
    }

    private let method: HTTPRequest.Method
    private let template: String
    private let requests: MetricFamily<Counter>
    private let durations: MetricFamily<Histogram>
    private let series = Mutex(Series())

    init(
        _ method: HTTPRequest.Method, _ template: String, _ requests: MetricFamily<Counter>, _ durations: MetricFamily<Histogram>
    ) {
        self.method = method
        self.template = template
        self.requests = requests
        self.durations = durations
    }

    func record(_ method: HTTPRequest.Method, status: Int, seconds: Double) {
        let isSuccess = status == 200 && method == self.method
        series.withLock { series in
            let counter = isSuccess ? series.successes : series.others[Key(method: method, status: status)]
            (counter ?? add(method, status, isSuccess, to: &series)).increment()
            (series.durations ?? addDurations(to: &series)).observe(seconds)
        }
    }

    private func add(_ method: HTTPRequest.Method, _ status: Int, _ isSuccess: Bool, to series: inout Series) -> Counter {
        let made = requests.labelled(method.name, template, String(status))
        if isSuccess { series.successes = made } else { series.others[Key(method: method, status: status)] = made }
        return made
    }

    private func addDurations(to series: inout Series) -> Histogram {
        let made = durations.labelled(template)
        series.durations = made
        return made
    }
}
