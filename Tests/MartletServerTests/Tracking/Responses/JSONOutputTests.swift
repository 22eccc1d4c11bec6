import MartletCore
import MartletRegistry
import Testing

@testable import MartletServer

struct JSONOutputTests {
    @Test(arguments: [
        (1.5, "1.5"), (2.0, "2.0"), (0.0, "0.0"), (-0.0, "-0.0"), (1.7976931348623157e+308, "1.7976931348623157e+308"),
        (.leastNonzeroMagnitude, "5e-324"), (1e-5, "1e-05"), (0.0001, "0.0001"), (0.00012, "0.00012"), (1.2e-5, "1.2e-05"),
        (1e15, "1000000000000000.0"),
        (1e16, "1e+16"), (1.5e16, "1.5e+16"), (9_007_199_254_740_994, "9007199254740994.0"), (9_999_999_999_999_998, "9999999999999998.0"),
        (1e22, "1e+22"), (1e100, "1e+100"), (0.1, "0.1"), (1.0 / 3, "0.3333333333333333"), (-123.456, "-123.456"),
        (.nan, "\"NaN\""), (.infinity, "\"Infinity\""), (-.infinity, "\"-Infinity\""),
    ])
    func `a number is written as Python writes it`(number: Double, text: String) {
        var output = JSONOutput()
        output.write(number)
        let written = String(decoding: output.finished(), as: UTF8.self)
        #expect(written == text)
    }

    @Test func `numbers read back equal`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SplitMix64(seed: seed)
        for _ in 0..<20_000 {
            let number = Double(bitPattern: random.next())
            guard number.isFinite else { continue }
            var output = JSONOutput()
            output.write(number)
            let bytes = output.finished()
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(Double(text)?.bitPattern == number.bitPattern, "seed \(seed)")
            let document = try RequestDocument(bytes)
            #expect(document?.root.number?.bitPattern == number.bitPattern, "seed \(seed)")
        }
    }

    private static let info = TrackedRun.Info(
        id: "fff2", experiment: 1, name: "rn", user: "bob", status: .running, startedAt: 5, endedAt: 200,
        artifactURI: "mlflow-artifacts:/1/fff2/artifacts", stage: .active)

    private static let wholeRun: TrackedRun = {
        var run = TrackedRun(info)
        run.metrics = [LoggedMetric("m", 1.5, at: 10, step: 1)]
        run.parameters = [KeyedText("p", "1")]
        run.tags = [KeyedText("a", "b")]
        run.datasets = [
            DatasetInput(
                name: "d", digest: "abc", sourceType: "local", source: "…", schema: "{}", profile: "{}",
                tags: [KeyedText("mlflow.data.context", "train")])
        ]
        run.modelInputs = ["m-1"]
        run.modelOutputs = [ModelOutput("m-2", step: 3)]
        return run
    }()

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    private static let infoText = """
        {"run_uuid":"fff2","experiment_id":"1","run_name":"rn","user_id":"bob","status":"RUNNING","start_time":5,"end_time":200,\
        "artifact_uri":"mlflow-artifacts:/1/fff2/artifacts","lifecycle_stage":"active","run_id":"fff2"}
        """

    @Test func `a run has all that it logged`() {
        let expected = """
            {"run":{"info":\(Self.infoText),\
            "data":{"metrics":[{"key":"m","value":1.5,"timestamp":10,"step":1}],"params":[{"key":"p","value":"1"}],\
            "tags":[{"key":"a","value":"b"}]},\
            "inputs":{"dataset_inputs":[{"tags":[{"key":"mlflow.data.context","value":"train"}],\
            "dataset":{"name":"d","digest":"abc","source_type":"local","source":"…","schema":"{}","profile":"{}"}}],\
            "model_inputs":[{"model_id":"m-1"}]},"outputs":{"model_outputs":[{"model_id":"m-2","step":3}]}}}
            """
        #expect(text(JSONOutput.run(Self.wholeRun)) == expected)
    }

    @Test func `a search leaves out the models that went in`() {
        let found = text(JSONOutput.runs([Self.wholeRun], next: "t"))
        #expect(!found.contains("model_inputs"))
        #expect(found.contains("model_outputs"))
        #expect(found.hasSuffix(#","next_page_token":"t"}"#))
    }

    @Test func `what a new run has not is left out`() {
        var info = Self.info
        info.endedAt = nil
        info.user = ""
        info.startedAt = 0
        let made = text(JSONOutput.run(TrackedRun(info), .created))
        #expect(made.contains(#""user_id":"","status":"RUNNING","start_time":0,"artifact_uri""#))
        #expect(made.hasSuffix(#""run_id":"fff2"},"data":{},"inputs":{}}}"#))
        #expect(text(JSONOutput.run(TrackedRun(info))).hasSuffix(#""data":{},"inputs":{},"outputs":{}}}"#))
    }

    @Test func `an update tells what the run is`() {
        #expect(text(JSONOutput.runInfo(Self.info)) == #"{"run_info":\#(Self.infoText)}"#)
    }

    @Test func `a dataset without schema and profile has none`() {
        var run = TrackedRun(Self.info)
        run.datasets = [DatasetInput(name: "d", digest: "x", sourceType: "", source: "")]
        let expected = #""inputs":{"dataset_inputs":[{"dataset":{"name":"d","digest":"x","source_type":"","source":""}}]}"#
        #expect(text(JSONOutput.run(run)).contains(expected))
    }

    @Test func `an experiment is written, tags only where there are some`() {
        var experiment = Experiment(
            id: 0, name: "Default \"é\"\n\u{1}", artifactLocation: "mlflow-artifacts:/0", createdAt: 1795327270841, updatedAt: 1795327270842
        )
        let head =
            #"{"experiment_id":"0","name":"Default \"é\"\n\u0001","artifact_location":"mlflow-artifacts:/0","lifecycle_stage":"active","#
            + #""last_update_time":1795327270842,"creation_time":1795327270841,"#
        #expect(text(JSONOutput.experiment(experiment)) == #"{"experiment":\#(head)"workspace":"default"}}"#)
        experiment.tags = [KeyedText("a", "1")]
        #expect(
            text(JSONOutput.experiments([experiment], next: nil))
                == #"{"experiments":[\#(head)"tags":[{"key":"a","value":"1"}],"workspace":"default"}]}"#)
    }

    @Test func `pages without anything are empty objects`() {
        #expect(text(JSONOutput.runs([], next: nil)) == "{}")
        #expect(text(JSONOutput.experiments([], next: nil)) == "{}")
        #expect(text(JSONOutput.history([], next: nil)) == "{}")
        #expect(text(JSONOutput.sampledHistory([])) == "{}")
        #expect(text(JSONOutput.bulkHistory([])) == #"{"metrics":[]}"#)
    }

    @Test func `points of histories name their run`() {
        let points = [LoggedMetric("h", 3, at: 7, step: 3), LoggedMetric("h", .nan, at: .max, step: .min)]
        #expect(
            text(JSONOutput.sampledHistory(points.map { RunMetric(run: "r", metric: $0) }))
                == #"{"metrics":[{"key":"h","value":3.0,"timestamp":7,"step":3,"run_id":"r"},"#
                + #"{"key":"h","value":"NaN","timestamp":9223372036854775807,"step":-9223372036854775808,"run_id":"r"}]}"#)
        #expect(
            text(JSONOutput.bulkHistory([RunMetric(run: "r", metric: points[0])]))
                == #"{"metrics":[{"key":"h","run_id":"r","step":3,"timestamp":7,"value":3.0}]}"#)
    }

    @Test func `a refusal is written as Python writes it`() {
        let fault = TrackingFault(.invalidParameterValue, "Bad \"é\" 😀")
        #expect(
            text(fault.body)
                == #"{"error_code": "INVALID_PARAMETER_VALUE", "message": "Bad \"\u00e9\" \ud83d\ude00", "sqlstate": "KAM00", "error_class": "INVALID_PARAMETER_VALUE"}"#
        )
        #expect(text(TrackingFault(.resourceConflict, "a").body) == #"{"error_code": "RESOURCE_CONFLICT", "message": "a"}"#)
    }

    @Test func `only codes that no client may mend ask it to try again`() {
        let retried = TrackingFault.Code.allCases.filter { [429, 500, 503].contains(TrackingFault($0, "").status) }
        #expect(
            retried == [.invalidState, .featureDisabled, .requestLimitExceeded, .temporarilyUnavailable, .internalError])
        // What is too much at once, such as a search that takes its minute, is not asked again.
        #expect(TrackingFault(refusing: MartletError(.limitExceeded, "a"))?.status == 400)
    }
}
