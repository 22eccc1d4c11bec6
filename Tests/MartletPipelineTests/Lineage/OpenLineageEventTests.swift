import MartletCore
import Testing

@testable import MartletPipeline

@Suite struct OpenLineageEventTests {
    private let event = OpenLineageEvent(of: LineageExamples.run())

    @Test func `equal runs have equal ids and others have others`() {
        let again = OpenLineageEvent(of: LineageExamples.run())
        #expect(event.runID == again.runID)
        #expect(event.runID(of: LineageExamples.step) == again.runID(of: LineageExamples.step))
        var instance = LineageExamples.step
        instance.instance = "month=2"
        let ids = [
            event.runID, OpenLineageEvent(of: LineageExamples.run(id: "18")).runID, event.runID(of: LineageExamples.step),
            event.runID(of: instance), event.runID(of: LineageStep(name: "shelf", kind: "command")),
        ]
        #expect(Set(ids).count == ids.count)
    }

    @Test func `an id is a UUID of version 8 and of the standard variant`() throws {
        for number in 0..<64 {
            let id = OpenLineageEvent(of: LineageExamples.run(id: "\(number)")).runID
            #expect(id.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil, "\(id)")
        }
    }

    @Test func `a step is a child of its run`() throws {
        let made = event.step(LineageExamples.step, .completed, at: LineageExamples.start)
        let parent = try #require(made["run"]?["facets"]?["parent"])
        #expect(parent["run"]?["runId"]?.string == event.runID)
        #expect(parent["job"] == ["namespace": "flights", "name": "nightly"])
        #expect(made["job"]?["name"] == "nightly.shelf")
        #expect(made["eventTime"] == "2024-03-01T14:03:00.000000Z")
        #expect(event.pipeline(.started, at: LineageExamples.start)["run"]?["facets"]?["parent"] == nil)
    }

    @Test(arguments: [
        (LineageState.started, "START"), (.completed, "COMPLETE"), (.failed(message: "m"), "FAIL"), (.aborted(reason: nil), "ABORT"),
    ])
    func `each state has OpenLineage's word`(_ state: LineageState, _ word: String) {
        let made = event.step(LineageExamples.step, state, at: LineageExamples.start)
        #expect(made["eventType"]?.string == word)
        #expect(made["run"]?["runId"]?.string == event.runID(of: LineageExamples.step))
        #expect((made["run"]?["facets"]?["errorMessage"] != nil) == (word == "FAIL"))
    }

    @Test func `an output tells where its columns come from and what could not be found out`() throws {
        let made = event.step(LineageExamples.step, .completed, at: LineageExamples.start)
        let lineage = try #require(made["outputs"]?.array?.first?["facets"]?["columnLineage"])
        let field = try #require(lineage["fields"]?["cost"]?["inputFields"]?.array?.first)
        #expect(field["namespace"] == "flights")
        #expect(field["name"] == "sales")
        #expect(
            field["transformations"] == [
                ["type": "DIRECT", "subtype": "TRANSFORMATION", "masking": false],
                ["type": "INDIRECT", "subtype": "CONDITIONAL", "masking": false],
            ])
        #expect(lineage["dataset"]?.array?.first?["name"] == "upstream")
        #expect(lineage["martlet_unresolved"] == ["PIVOT in FROM"])
    }

    @Test func `what is not finite or not known is left out`() throws {
        let made = event.step(LineageExamples.step, .completed, at: LineageExamples.start)
        let facets = try #require(made["inputs"]?.array?.first?["inputFacets"])
        let price = try #require(facets["dataQualityMetrics"]?["columnMetrics"]?["price"])
        #expect(price == ["count": 3, "nullCount": 0, "distinctCount": 2, "min": 0.5, "quantiles": ["0.5": 1.25]])
        #expect(facets["dataQualityMetrics"]?["columnMetrics"]?["store"] == [:])
        #expect(!made.canonicalText.contains("null,"))
    }
}
