import MartletRegistry
import MartletTesting
import Testing

struct LoggingTests {
    private static let characters =
        " for parameter '%' supplied: Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), "
        + "colon(:) and slashes (/)."

    private static func badName(_ json: String, _ path: String) -> TrackingFault {
        .invalid("Invalid value \(json)" + characters.replacing("%", with: path))
    }

    @Test(arguments: DatabaseKind.all)
    func `the same parameter again is fine, and another value is refused`(_ kind: DatabaseKind) async throws {
        try await kind.withStore { store in
            let id = try await store.makeRun()
            for _ in 0..<2 { try await store.logParameter(KeyedText("p", "1"), run: id) }
            let refusal = TrackingFault.invalid(
                "Changing param values is not allowed. Param with key='p' was already logged with value='1' for run ID='\(id)'. "
                    + "Attempted logging new value '2'.")
            await #expect(throws: refusal) { try await store.logParameter(KeyedText("p", "2"), run: id) }
            #expect(try await store.run(id).parameters == [KeyedText("p", "1")])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `long values are cut, and compared so`(_ kind: DatabaseKind) async throws {
        try await kind.withStore { store in
            let id = try await store.makeRun()
            try await store.logParameter(KeyedText("p", String(repeating: "é", count: 6001)), run: id)
            try await store.logParameter(KeyedText("p", String(repeating: "é", count: 6000)), run: id)
            try await store.setTag(KeyedText("t", String(repeating: "x", count: 8001)), run: id)
            let run = try await store.run(id)
            #expect(run.parameters[0].value.count == 6000)
            #expect(run.tags.first { $0.key == "t" }?.value.count == 8000)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a store may refuse long values instead`(_ kind: DatabaseKind) async throws {
        try await kind.withDatabase { database in
            var options = HandClock().options
            options.truncatesLongValues = false
            let store = try await TrackingStore(database, options: options)
            let id = try await store.makeRun()
            await #expect(throws: TrackingFault.invalid("'Param value' exceeds the maximum length of 6000 characters")) {
                try await store.logParameter(KeyedText("p", String(repeating: "x", count: 6001)), run: id)
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `keys are refused in MLflow's words`(_ kind: DatabaseKind) async throws {
        try await kind.withStore { store in
            let id = try await store.makeRun()
            let long = String(repeating: "k", count: 251)
            await #expect(throws: Self.badName(#""a\u00e9\u0301""#, "name")) {
                try await store.logMetric(LoggedMetric("aé\u{301}", 1, at: 0), run: id)
            }
            await #expect(throws: Self.badName(#""a,b""#, "key")) { try await store.logParameter(KeyedText("a,b", ""), run: id) }
            await #expect(throws: Self.badName(#""a,b""#, "metrics[1].name")) {
                try await store.log(LogBatch(metrics: [LoggedMetric("a", 1, at: 0), LoggedMetric("a,b", 1, at: 0)]), run: id)
            }
            await #expect(throws: Self.badName(#""a,b""#, "params[0].key")) {
                try await store.log(LogBatch(parameters: [KeyedText("a,b", "")]), run: id)
            }
            await #expect(throws: TrackingFault.invalid("'Metric name' exceeds the maximum length of 250 characters")) {
                try await store.logMetric(LoggedMetric(long, 1, at: 0), run: id)
            }
            await #expect(throws: TrackingFault.invalid("'Param key' exceeds the maximum length of 250 characters")) {
                try await store.logParameter(KeyedText(long, ""), run: id)
            }
            await #expect(throws: TrackingFault.invalid("'key' exceeds the maximum length of 250 characters")) {
                try await store.setTag(KeyedText(long, ""), run: id)
            }
            await #expect(throws: TrackingFault.invalid("'tags[0].key' exceeds the maximum length of 250 characters")) {
                try await store.log(LogBatch(tags: [KeyedText(long, "")]), run: id)
            }
        }
    }

    @Test(arguments: [
        ("", "."), ("a//b", "a/b"), ("a/", "a"), ("./a", "a"), ("..", ".."), ("/a", "/a"), ("a/../b", "b"), ("a/..", "."), ("../a", "../a"),
    ])
    func `keys that are other paths are refused`(_ key: String, _ normal: String) async throws {
        try await DatabaseKind.all[0].withStore { store in
            let refusal = TrackingFault.invalid(
                "Invalid value \"\(key)\" for parameter 'key' supplied: Names may be treated as files in certain cases, and must not "
                    + "resolve to other names when treated as such. This name would resolve to '\(normal)'")
            await #expect(throws: refusal) { try await store.setTag(KeyedText(key, ""), run: "none") }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a time before 1970 is refused`(_ kind: DatabaseKind) async throws {
        try await kind.withStore { store in
            let refusal = TrackingFault.invalid(
                "Invalid value -1 for parameter 'timestamp' supplied: metric 'bad' (value=1.0). Timestamp must be a nonnegative long "
                    + "(64-bit integer) ")
            await #expect(throws: refusal) { try await store.logMetric(LoggedMetric("bad", 1, at: -1), run: "none") }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a batch is written as a whole`(_ kind: DatabaseKind) async throws {
        try await kind.withStore { store in
            let id = try await store.makeRun()
            let batch = LogBatch(
                metrics: [
                    LoggedMetric("m", 1, at: 1), LoggedMetric("m", 3, at: 2), LoggedMetric("m", 3, at: 2), LoggedMetric("n", .nan, at: 0),
                ],
                parameters: [KeyedText("p", "1"), KeyedText("q", "")],
                tags: [KeyedText("t", "1"), KeyedText("t", "2"), KeyedText("mlflow.runName", "renamed")])
            try await store.log(batch, run: id)
            let run = try await store.run(id)
            #expect(run.metrics.map(\.key) == ["m", "n"])
            #expect(run.metrics[0] == LoggedMetric("m", 3, at: 2))
            #expect(run.metrics[1].value.isNaN)
            #expect(run.parameters == batch.parameters)
            #expect(Set(run.tags) == [KeyedText("t", "2"), KeyedText("mlflow.runName", "renamed")])
            #expect(run.info.name == "renamed")
            #expect(
                try await store.metricHistory(run: id, key: "m").elements == [LoggedMetric("m", 1, at: 1), LoggedMetric("m", 3, at: 2)])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `keys that Unicode has as equivalent are keys of their own`(_ kind: DatabaseKind) async throws {
        try await kind.withStore { store in
            let (id, letter, kelvin) = (try await store.makeRun(), "K", "\u{212A}")
            let batch = LogBatch(
                metrics: [LoggedMetric(letter, 1, at: 0), LoggedMetric(kelvin, 2, at: 0), LoggedMetric(letter, 3, at: 1)],
                parameters: [KeyedText(letter, "1"), KeyedText(kelvin, "2")])
            for _ in 0..<2 { try await store.log(batch, run: id) }
            let run = try await store.run(id)
            #expect(run.metrics.map { Array($0.key.utf8) } == [letter, kelvin].map { Array($0.utf8) })
            #expect(run.metrics.map(\.value) == [3, 2])
            #expect(run.parameters.map(\.value) == ["1", "2"])
            #expect(try await store.metricHistory(run: id, key: letter).elements.map(\.value) == [1, 3])
            #expect(try await store.metricHistory(run: id, key: kelvin).elements.map(\.value) == [2])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a batch that contradicts parameters names all of them and writes nothing`(_ kind: DatabaseKind) async throws {
        try await kind.withStore { store in
            let id = try await store.makeRun()
            try await store.log(LogBatch(parameters: [KeyedText("p", "1"), KeyedText("q", "it's")]), run: id)
            let batch = LogBatch(
                metrics: [LoggedMetric("m", 1, at: 1)], parameters: [KeyedText("new", "1"), KeyedText("p", "2"), KeyedText("q", "3")])
            let refusal = TrackingFault.invalid(
                "Changing param values is not allowed. Params were already logged='[{'key': 'p', 'old_value': '1', 'new_value': '2'}, "
                    + "{'key': 'q', 'old_value': \"it's\", 'new_value': '3'}]' for run ID='\(id)'.")
            await #expect(throws: refusal) { try await store.log(batch, run: id) }
            let run = try await store.run(id)
            #expect(run.parameters.count == 2)
            #expect(run.metrics == [])
            try await store.log(LogBatch(metrics: [LoggedMetric("m", 1, at: 1)], parameters: [KeyedText("p", "1")]), run: id)
            #expect(try await store.run(id).metrics.count == 1)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `batches that are too large or repeat a parameter are refused`(_ kind: DatabaseKind) async throws {
        try await kind.withStore { store in
            let metrics = (0..<1001).map { LoggedMetric("m", 1, at: Int64($0)) }
            let texts = (0..<101).map { KeyedText("k\($0)", "") }
            let split = { (max: Int, count: Int, what: String) in
                TrackingFault.invalid(
                    "A batch logging request can contain at most \(max) \(what). Got \(count) \(what). Please split up \(what) across "
                        + "multiple requests and try again.")
            }
            await #expect(throws: split(1000, 1001, "metrics")) { try await store.log(LogBatch(metrics: metrics), run: "none") }
            await #expect(throws: split(100, 101, "params")) { try await store.log(LogBatch(parameters: texts), run: "none") }
            await #expect(throws: split(100, 101, "tags")) { try await store.log(LogBatch(tags: texts), run: "none") }
            await #expect(throws: split(1000, 1001, "metrics, params, and tags")) {
                try await store.log(LogBatch(metrics: Array(metrics.prefix(1000)), tags: [texts[0]]), run: "none")
            }
            let repeated = TrackingFault.invalid(
                "Duplicate parameter keys have been submitted: ['q', 'r']. Please ensure the request contains only one param value per "
                    + "param key.")
            await #expect(throws: repeated) {
                try await store.log(LogBatch(parameters: ["q", "r", "q", "r"].map { KeyedText($0, "1") }), run: "none")
            }
            await #expect(throws: TrackingFault.invalid("Invalid value \"bad id!\" for parameter 'run_id' supplied.")) {
                try await store.log(LogBatch(), run: "bad id!")
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a tag is set, replaced and deleted once`(_ kind: DatabaseKind) async throws {
        try await kind.withStore { store in
            let id = try await store.makeRun()
            for value in ["1", "2"] { try await store.setTag(KeyedText("t", value), run: id) }
            #expect(try await store.run(id).tags.contains(KeyedText("t", "2")))
            try await store.deleteTag("t", run: id)
            await #expect(throws: TrackingFault.missing("No tag with name: t in run with id \(id)")) {
                try await store.deleteTag("t", run: id)
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `keys that Unicode has as equivalent are two keys`(_ kind: DatabaseKind) async throws {
        try await kind.withStore { store in
            let id = try await store.makeRun()
            for _ in 0..<2 {
                try await store.logParameter(KeyedText("\u{212b}", "angstrom"), run: id)
                try await store.logParameter(KeyedText("\u{c5}", "letter"), run: id)
            }
            #expect(try await store.run(id).parameters.map(\.value) == ["angstrom", "letter"])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `everything acknowledged is there for another who opens the store`(_ kind: DatabaseKind) async throws {
        try await kind.withPlace { place in
            let store = try await TrackingStore(try await place.open(), options: HandClock().options)
            let id = try await store.makeRun()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for step in 0..<200 {
                    group.addTask { try await store.logMetric(LoggedMetric("m\(step % 7)", 1, at: 0, step: Int64(step)), run: id) }
                }
                try await group.waitForAll()
            }
            let other = try await TrackingStore(try await place.open(), options: HandClock().options)
            var count = 0
            for key in 0..<7 { count += try await other.metricHistory(run: id, key: "m\(key)").elements.count }
            #expect(count == 200)
            #expect(try await other.run(id) == store.run(id))
        }
    }
}
