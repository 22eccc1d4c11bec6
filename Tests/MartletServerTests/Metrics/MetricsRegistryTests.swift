import MartletServer
import Testing

struct MetricsRegistryTests {
    @Test func `an empty registry says nothing`() {
        #expect(MetricsRegistry().exposition().isEmpty)
    }

    @Test func `a counter counts by its labels`() throws {
        let registry = MetricsRegistry()
        let family = registry.counters("a_total", help: "h", labels: ["x", "y"])
        family.labelled("1", "2").increment(by: 3)
        family.labelled("1", "2").increment()
        #expect(try ExpositionParser(registry.exposition()).value("a_total", ["x": "1", "y": "2"]) == 4)
    }

    @Test func `the text is the one that Prometheus documents`() {
        let registry = MetricsRegistry()
        registry.gauge("b", help: "The b.").set(1.5)
        registry.counters("a_total", help: "The a.", labels: ["x"]).labelled("1").increment()
        let expected = """
            # HELP a_total The a.
            # TYPE a_total counter
            a_total{x="1"} 1
            # HELP b The b.
            # TYPE b gauge
            b 1.5

            """
        #expect(registry.exposition() == expected)
    }

    @Test(arguments: ["plain", "a\"b", "a\\b", "a\nb", "\\n", "é ü", "", "a,b}=", "\\\""])
    func `any label value comes back as it was`(value: String) throws {
        let registry = MetricsRegistry()
        registry.counters("a_total", help: "h", labels: ["x"]).labelled(value).increment()
        #expect(try ExpositionParser(registry.exposition()).value("a_total", ["x": value]) == 1)
    }

    @Test func `a help text keeps to its line`() throws {
        let registry = MetricsRegistry()
        registry.gauge("a", help: "one\ntwo \\ three").set(1)
        #expect(try ExpositionParser(registry.exposition()).helps["a"] == #"one\ntwo \\ three"#)
    }

    @Test(arguments: [0, 1, -2.5, 1e300, 1e-9, .infinity, -.infinity, 9_007_199_254_740_992])
    func `any number comes back as it was`(number: Double) throws {
        let registry = MetricsRegistry()
        registry.gauge("a", help: "h").set(number)
        #expect(try ExpositionParser(registry.exposition()).value("a") == number)
    }

    @Test func `a gauge that is not a number says so`() throws {
        let registry = MetricsRegistry()
        registry.gauge("a", help: "h").set(.nan)
        #expect(try ExpositionParser(registry.exposition()).value("a")?.isNaN == true)
    }

    @Test func `a gauge rises and falls`() {
        let gauge = MetricsRegistry().gauge("a", help: "h")
        gauge.add(2)
        gauge.add(-0.5)
        #expect(gauge.value == 1.5)
    }

    @Test func `buckets are cumulative and the last is the count`() throws {
        let registry = MetricsRegistry()
        let histogram = registry.histograms("a_seconds", help: "h", labels: ["x"], bounds: [1, 2]).labelled("y")
        for value in [0.5, 1, 1.5, 2, 3] { histogram.observe(value) }
        let parsed = try ExpositionParser(registry.exposition())
        let buckets = ["1", "2", "+Inf"].map { parsed.value("a_seconds_bucket", ["x": "y", "le": $0]) }
        #expect(buckets == [2, 4, 5])
        #expect(parsed.value("a_seconds_count", ["x": "y"]) == 5)
        #expect(parsed.value("a_seconds_sum", ["x": "y"]) == 8)
    }

    @Test func `what is not a number is not observed`() {
        let histogram = MetricsRegistry().histogram("a_seconds", help: "h")
        histogram.observe(.nan)
        #expect(histogram.count == 0)
    }

    @Test func `a known name is the known metric`() {
        let registry = MetricsRegistry()
        registry.counter("a_total", help: "h").increment()
        #expect(registry.counter("a_total", help: "h").value == 1)
    }

    @Test func `an observed value is read when the metrics are`() throws {
        let registry = MetricsRegistry()
        registry.observe("a", .gauge, help: "h") { 7 }
        #expect(try ExpositionParser(registry.exposition()).value("a") == 7)
    }

    @Test func `an observed value that is absent is left out`() {
        let registry = MetricsRegistry()
        registry.observe("a", .gauge, help: "h") { nil }
        #expect(registry.exposition().isEmpty)
    }

    @Test func `series beyond the limit are counted together`() throws {
        let registry = MetricsRegistry(seriesMax: 2)
        let family = registry.counters("a_total", help: "h", labels: ["x"])
        for value in ["1", "2", "3", "4", "3"] { family.labelled(value).increment() }
        let parsed = try ExpositionParser(registry.exposition())
        #expect(parsed.samples.map(\.value) == [1, 1, 3])
        #expect(parsed.value("a_total", ["x": "other"]) == 3)
    }

    @Test func `the default limit is a thousand series`() throws {
        let registry = MetricsRegistry()
        let family = registry.counters("a_total", help: "h", labels: ["x"])
        for number in 0..<1_100 { family.labelled("\(number)").increment() }
        #expect(try ExpositionParser(registry.exposition()).samples.count == 1_001)
    }

    @Test func `counts from many tasks add up`() async {
        let registry = MetricsRegistry()
        let counter = registry.counter("a_total", help: "h")
        let gauge = registry.gauge("b", help: "h")
        let histogram = registry.histogram("c_seconds", help: "h")
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1_000 {
                        counter.increment()
                        gauge.add(1)
                        histogram.observe(1)
                    }
                }
            }
        }
        #expect(counter.value == 8_000)
        #expect(gauge.value == 8_000)
        #expect(histogram.count == 8_000)
    }

    @Test(arguments: [
        "process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds", "process_start_time_seconds",
    ])
    func `the process is described`(name: String) throws {
        let registry = MetricsRegistry()
        registry.observeProcess()
        let value = try #require(try ExpositionParser(registry.exposition()).value(name))
        #expect(value >= 0)
    }

    @Test func `a request is counted under its template and never its path`() async throws {
        let registry = MetricsRegistry()
        try await withTestServer(echoRouter(), metrics: registry) { server in
            try await HTTPClient.withClient(server.address) { client in
                _ = try await client.send(.get, "/echo/secret")
                _ = try await client.send(.get, "/nowhere")
            }
        }
        let text = registry.exposition()
        let parsed = try ExpositionParser(text)
        let name = "martlet_http_requests_total"
        #expect(parsed.value(name, ["method": "GET", "route": "/echo/{text}", "code": "200"]) == 1)
        #expect(parsed.value(name, ["method": "GET", "route": "unmatched", "code": "404"]) == 1)
        #expect(parsed.value("martlet_http_request_duration_seconds_count", ["route": "/echo/{text}"]) == 1)
        #expect(parsed.value("martlet_http_requests_in_flight") == 0)
        #expect(!text.contains("secret"))
    }
}
