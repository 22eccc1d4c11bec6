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
        Fault(
            "project: pricing\n", "",
            "martlet.yaml:1:1: the key 'project' is missing; add it"
        ),
        Fault(
            "seed: 7", "sead: 7",
            "martlet.yaml:2:1: sead: expected one of project, owner, seed, datasets, features, models, endpoints, steps, capacity, keep_inputs, schedules, triggers, prices, budgets, found the key 'sead'; did you mean 'seed'?"
        ),
        Fault(
            "seed: 7", "seed: -1",
            "martlet.yaml:2:7: seed: expected a seed of 0 or more, found -1"
        ),
        Fault(
            "seed: 7", "seed: many",
            "martlet.yaml:2:7: seed: expected a whole number, found 'many'"
        ),
        Fault(
            "seed: 7", "colour: red",
            "martlet.yaml:2:1: colour: expected one of project, owner, seed, datasets, features, models, endpoints, steps, capacity, keep_inputs, schedules, triggers, prices, budgets, found the key 'colour'; remove it"
        ),
        Fault(
            "project: pricing", "project: our prices",
            "martlet.yaml:1:10: project: expected a name of letters, digits, '-' and '_' (at most 64), found 'our prices'"
        ),
        Fault(
            "  sales: {", "  my sales: {",
            "martlet.yaml:4:13: datasets.my sales: expected a name of letters, digits, '-' and '_' (at most 64), found 'my sales'",
            "martlet.yaml:7:11: features.shelf.from: there is no dataset 'sales'; there are my sales"
        ),
        Fault(
            "{source: sales.csv, contract: sales.odcs.yaml}", "sales.csv",
            "martlet.yaml:4:10: datasets.sales: expected a mapping with source, contract, found 'sales.csv'"
        ),
        Fault(
            "contract: sales.odcs.yaml", "contract: [a]",
            "martlet.yaml:4:40: datasets.sales.contract: expected a text, found a list"
        ),
        Fault(
            "from: sales", "from: sale",
            "martlet.yaml:7:11: features.shelf.from: there is no dataset 'sale'; did you mean 'sales'?"
        ),
        Fault(
            "from: sales", "from: warehouse",
            "martlet.yaml:7:11: features.shelf.from: there is no dataset 'warehouse'; there are sales"
        ),
        Fault(
            "event_time: week", "event_time: week\n    known_after: 0",
            "martlet.yaml:10:18: features.shelf.known_after: expected a whole number from 1 to 1000000000, found '0'"
        ),
        Fault(
            "mean(price, 8)", "meen(price, 8)",
            "martlet.yaml:12:19: features.shelf.history.mean_price: expected an aggregate such as mean(price, 8), one of last, mean, min, max, sum, count, found 'meen(price, 8)'; did you mean 'mean'?"
        ),
        Fault(
            "mean(price, 8)", "mean(price, 0)",
            "martlet.yaml:12:19: features.shelf.history.mean_price: expected a window of 1 or more (and none for last), found 'mean(price, 0)'"
        ),
        Fault(
            "log(price / mean_price)", "log(price /)",
            "martlet.yaml:15:18: features.shelf.formulas.log_price: 'log(price /)', character 12: expected a number, a column, a function or '(', found ')'"
        ),
        Fault(
            "log(price / mean_price)", "lock(price)",
            "martlet.yaml:15:18: features.shelf.formulas.log_price: 'lock(price)': there is no function 'lock'; there are log, exp, sqrt, abs, min, max, mean, coalesce"
        ),
        Fault(
            "log(price / mean_price)", "log(units)",
            "martlet.yaml:18:5: models.demand: the formula 'log_price' reads 'units', which is known only afterwards; use it through 'history'"
        ),
        Fault(
            "effects: store}}", "effects: store, covariates: [units]}}",
            "martlet.yaml:18:5: models.demand: the baseline reads 'units', which is known only afterwards; remove it"
        ),
        Fault(
            "event_time: week", "event_time: week\n    outcomes: [price]",
            "martlet.yaml:19:5: models.demand: the formula 'log_price' reads 'price', which is known only afterwards; use it through 'history'",
            "martlet.yaml:19:5: models.demand: the baseline reads 'price', which is known only afterwards; remove it"
        ),
        Fault(
            "event_time: week", "event_time: week\n    bounds: {price: {min: 2, max: 1}}",
            "martlet.yaml:10:21: features.shelf.bounds.price: expected a 'min' of at most 'max', found 2.0 and 1.0"
        ),
        Fault(
            "log_price: log(", "last_cost: log(",
            "martlet.yaml:7:5: features.shelf: the name 'last_cost' stands in history and in formulas; rename one"
        ),
        Fault(
            "features: shelf", "features: shelve",
            "martlet.yaml:18:15: models.demand.features: there is no feature view 'shelve'; did you mean 'shelf'?"
        ),
        Fault(
            "use: [brand, log_price]", "use: [brand, log_price, units]",
            "martlet.yaml:18:5: models.demand: the feature 'units' is known only afterwards; use it through 'history', or remove it"
        ),
        Fault(
            "categorical: [brand]", "categorical: [brant]",
            "martlet.yaml:20:19: models.demand.categorical.0: there is no feature in 'use' 'brant'; did you mean 'brand'?"
        ),
        Fault(
            "link: log", "link: logit",
            "martlet.yaml:23:11: models.demand.link: expected one of identity, log, found 'logit'"
        ),
        Fault(
            "by: time", "by: store",
            "martlet.yaml:24:17: models.demand.split.by: expected one of time, found 'store'"
        ),
        Fault(
            "test: 6", "test: 100%",
            "martlet.yaml:24:29: models.demand.split.test: expected a count of times, or a share between 0% and 100%, found '100%'"
        ),
        Fault(
            "num_leaves: 15", "num_threads: 8",
            "martlet.yaml:25:52: models.demand.estimator.lightgbm.num_threads: 'num_threads' is set by Martlet (trees, patience, seed, decreasing, categorical …); remove it"
        ),
        Fault(
            "trees: 40", "trees: 0",
            "martlet.yaml:25:35: models.demand.estimator.lightgbm.trees: expected a whole number from 1 to 100000, found '0'"
        ),
        Fault(
            "{beats: baseline, by: 5%,", "{beats: baseline, by: 500%,",
            "martlet.yaml:27:33: models.demand.gate.by: expected a share from 0.0% to 100.0%, found '500%'"
        ),
        Fault(
            "gate: {beats: baseline, by: 5%, cluster: store}", "gate: {beats: baseline, by: 5%}",
            "martlet.yaml:27:11: models.demand.gate: the key 'cluster' is missing; add it"
        ),
        Fault(
            "model: demand", "model: demnad",
            "martlet.yaml:30:12: endpoints.price.model: there is no model 'demnad'; did you mean 'demand'?"
        ),
        Fault(
            "today: last_price", "today: price",
            "martlet.yaml:31:68: endpoints.price.decide.today: there is no history feature of 'shelf' 'price'; there are last_cost, last_price, mean_price"
        ),
        Fault(
            "range: [last_price, mean_price]", "range: last_price",
            "martlet.yaml:31:35: endpoints.price.decide.range: expected two history features: the lowest and the highest price, found 'last_price'"
        ),
        Fault(
            "endings: [9]", "endings: [10]",
            "martlet.yaml:31:107: endpoints.price.decide.endings.0: expected a whole number from 0 to 9, found '10'"
        ),
        Fault(
            "endings: [9]", "candidates: 1",
            "martlet.yaml:31:109: endpoints.price.decide.candidates: expected a whole number from 2 to 10000, found '1'"
        ),
        Fault(
            "seed: 7", "seed: 7\nseed: 8",
            "martlet.yaml:2:1: expected YAML, found: the key 'seed' twice in one mapping; remove one"
        ),
        Fault(
            "seed: 7", "seed: [7",
            "martlet.yaml:3:9: expected YAML, found: did not find expected ',' or ']'"
        ),
    ]

    private func parse(_ text: String) throws -> Project { try Project.parse(text, file: "martlet.yaml", folder: ".") }

    @Test(arguments: faults) func `a fault is told with its place and what to do`(fault: Fault) throws {
        #expect(Self.text.contains(fault.found))
        let broken = Self.text.replacing(fault.found, with: fault.replacement, maxReplacements: 1)
        let error = try #require(#expect(throws: SpecificationError.self) { try parse(broken) })
        #expect(error.diagnostics.map(\.description) == fault.expected)
    }

    @Test func `all faults of a file are told at once, by their place`() throws {
        let broken = Self.text.replacing("seed: 7", with: "seed: x").replacing(
            "today: last_price", with: "today: lost_price"
        )
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
            let broken = text.replacing("kind: DataContract", with: "kind: Data").replacing(
                "logicalType: integer", with: "logicalType: integar")
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
