import Foundation
import MartletCore
import MartletFeatures
import MartletRollout
import MartletTesting
import Testing

@testable import MartletPlatform

@Suite struct ProjectReaderTests {
    private static let text = """
        project: pricing
        seed: 7
        datasets:
          sales: {source: sales.csv, contract: sales.odcs.yaml}
        features:
          shelf:
            from: sales
            entity: [store, brand]
            event_time: week
            history:
              last_price: last(price)
              mean_price: mean(price, 8)
              last_cost: last(cost)
            formulas:
              log_price: log(price / mean_price)
        models:
          demand:
            features: shelf
            use: [brand, log_price]
            categorical: [brand]
            decreasing: log_price
            target: units
            link: log
            split: {by: time, test: 6, validation: 10%}
            estimator: {lightgbm: {trees: 40, num_leaves: 15}}
            baseline: {log_log: {price: price, by: brand, effects: store}}
            gate: {beats: baseline, by: 5%, cluster: store}
        endpoints:
          price:
            model: demand
            decide: {price: price, range: [last_price, mean_price], today: last_price, cost: last_cost, endings: [9]}

        """

    /// A broken project: what is replaced by what, and the faults as people read them.
    struct Fault: CustomTestStringConvertible, Sendable {
        let found: String
        let replacement: String
        let expected: [String]

        init(_ found: String, _ replacement: String, _ expected: String...) {
            self.found = found
            self.replacement = replacement
            self.expected = expected
        }

        var testDescription: String { replacement.isEmpty ? "without \(found)" : replacement }
    }

    static let faults = [
        Fault("project: pricing\n", "", "x"),
        Fault("seed: 7", "sead: 7", "x"),
        Fault("seed: 7", "seed: -1", "x"),
        Fault("seed: 7", "seed: many", "x"),
        Fault("seed: 7", "colour: red", "x"),
        Fault("project: pricing", "project: our prices", "x"),
        Fault("  sales: {", "  my sales: {", "x"),
        Fault("{source: sales.csv, contract: sales.odcs.yaml}", "sales.csv", "x"),
        Fault("contract: sales.odcs.yaml", "contract: [a]", "x"),
        Fault("from: sales", "from: sale", "x"),
        Fault("from: sales", "from: warehouse", "x"),
        Fault("event_time: week", "event_time: week\n    known_after: 0", "x"),
        Fault("mean(price, 8)", "meen(price, 8)", "x"),
        Fault("mean(price, 8)", "mean(price, 0)", "x"),
        Fault("log(price / mean_price)", "log(price /)", "x"),
        Fault("log(price / mean_price)", "lock(price)", "x"),
        Fault("log_price: log(", "last_cost: log(", "x"),
        Fault("features: shelf", "features: shelve", "x"),
        Fault("use: [brand, log_price]", "use: [brand, log_price, units]", "x"),
        Fault("categorical: [brand]", "categorical: [brant]", "x"),
        Fault("link: log", "link: logit", "x"),
        Fault("by: time", "by: store", "x"),
        Fault("test: 6", "test: 100%", "x"),
        Fault("num_leaves: 15", "num_threads: 8", "x"),
        Fault("trees: 40", "trees: 0", "x"),
        Fault("{beats: baseline, by: 5%,", "{beats: baseline, by: 500%,", "x"),
        Fault("gate: {beats: baseline, by: 5%, cluster: store}", "gate: {beats: baseline, by: 5%}", "x"),
        Fault("model: demand", "model: demnad", "x"),
        Fault("today: last_price", "today: price", "x"),
        Fault("range: [last_price, mean_price]", "range: last_price", "x"),
        Fault("endings: [9]", "endings: [10]", "x"),
        Fault("endings: [9]", "candidates: 1", "x"),
        Fault("seed: 7", "seed: 7\nseed: 8", "x"),
        Fault("seed: 7", "seed: [7", "x"),
    ]

    private func parse(_ text: String) throws -> Project { try Project.parse(text, file: "martlet.yaml", folder: ".") }

    @Test(arguments: faults) func `a fault is told with its place and what to do`(fault: Fault) throws {
        #expect(Self.text.contains(fault.found))
        let broken = Self.text.replacing(fault.found, with: fault.replacement, maxReplacements: 1)
        let error = try #require(#expect(throws: SpecificationError.self) { try parse(broken) })
        #expect(error.diagnostics.map(\.description) == fault.expected)
    }

    @Test func `all faults of a file are told at once, by their place`() throws {
        let broken = Self.text.replacing("seed: 7", with: "seed: x").replacing("today: last_price", with: "today: lost_price")
            .replacing("link: log", with: "link: none")
        let error = try #require(#expect(throws: SpecificationError.self) { try parse(broken) })
        #expect(error.diagnostics.map(\.line) == [2, 23, 31])
    }

    @Test func `a project is read as it was written`() throws {
        let project = try parse(Self.text)
        let model = try #require(project.models["demand"])
        let endpoint = try #require(project.endpoints["price"])
        #expect(project.name == "pricing")
        #expect(project.seed == 7)
        #expect(project.datasets["sales"] == DatasetSpecification(source: "sales.csv", contract: "sales.odcs.yaml"))
        #expect(project.features["shelf"]?.history.map(\.window) == [nil, 8, nil])
        #expect(project.features["shelf"]?.knownAfter == 1)
        #expect(model.use == ["brand", "log_price"])
        #expect(model.decreasing == ["log_price"])
        #expect(model.link == .log)
        #expect(model.parameters == ["num_leaves": "15"])
        #expect((model.treesMax, model.patience) == (40, 50))
        #expect(model.gate == GateSpecification(margin: 0.05, cluster: "store", slices: nil, sliceTolerance: 0))
        #expect(endpoint.decision.policy.candidateCount == 250)
        #expect(endpoint.decision.policy.stepMax == nil)
        #expect(endpoint.decision.policy.endings == [9])
        #expect((endpoint.decision.lowest, endpoint.decision.highest) == ("last_price", "mean_price"))
    }

    @Test func `an endpoint's definition in a release reads back as the endpoint`() throws {
        let endpoint = try #require(try parse(Self.text).endpoints["price"])
        let read = try EndpointSpecification(definition: endpoint.definition)
        #expect(read == endpoint)
        let error = #expect(throws: MartletError.self) { try EndpointSpecification(definition: ["model": "demand"]) }
        #expect(error?.code == .corrupt)
    }

    @Test func `the pricing example is a project`() throws {
        let root = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
            .appending(path: "../../../Examples/pricing/martlet.yaml").standardized.path
        let project = try Project.read(file: root)
        #expect(project.endpoints.keys.sorted() == ["price"])
        try project.checkContracts()
    }

    @Test func `a project file that is not there says what to do`() {
        let error = #expect(throws: MartletError.self) { try Project.read(file: "/nowhere/martlet.yaml") }
        #expect(error?.code == .notFound)
        #expect(error?.message.hasSuffix("write one, or name it with --project") == true)
    }

    @Test func `a project file that is not UTF-8 is refused`() throws {
        try withTemporaryFolder { folder in
            try Data([0x70, 0xff, 0xfe]).write(to: URL(filePath: "\(folder)/martlet.yaml"))
            let error = #expect(throws: MartletError.self) { try Project.read(file: "\(folder)/martlet.yaml") }
            #expect(error?.code == .specificationBroken)
        }
    }

    @Test func `paths start from the project's folder unless they are absolute`() throws {
        let project = Project(name: "p", folder: "/a/b")
        #expect(project.resolve("x/y.csv") == "/a/b/x/y.csv")
        #expect(project.resolve("/x/y.csv") == "/x/y.csv")
    }

    @Test func `faults of all contracts are told together`() throws {
        try withTemporaryFolder { folder in
            try PricingProject.write(to: folder)
            let path = "\(folder)/sales.odcs.yaml"
            let text = try String(contentsOfFile: path, encoding: .utf8)
            let broken = text.replacing("kind: DataContract", with: "kind: Data").replacing("logicalType: integer", with: "logicalType: integar")
            try Data(broken.utf8).write(to: URL(filePath: path))
            let project = try Project.read(file: "\(folder)/martlet.yaml")
            let error = #expect(throws: SpecificationError.self) { try project.checkContracts() }
            #expect(error?.diagnostics.count == 4)
        }
    }

    @Test func `a contract that is not there is named`() throws {
        try withTemporaryFolder { folder in
            try PricingProject.write(to: folder)
            try FileManager.default.removeItem(atPath: "\(folder)/sales.odcs.yaml")
            let project = try Project.read(file: "\(folder)/martlet.yaml")
            let error = #expect(throws: MartletError.self) { try project.contract(of: "sales") }
            #expect(error?.code == .notFound)
            #expect(error?.message.contains("dataset 'sales'") == true)
        }
    }
}
