import Foundation
import MartletCore
import MartletLearn
import MartletPipeline
import MartletTesting
import Testing

@testable import MartletPlatform

@Suite struct StudyReaderTests {
    /// The synthetic project with a study, and what else stands in the file.
    private func project(_ study: String, more: String = "") throws -> Project {
        try withTemporaryFolder { folder in
            try PricingProject.write(to: folder)
            let path = "\(folder)/martlet.yaml"
            let text =
                try String(contentsOfFile: path, encoding: .utf8)
                .replacing("    gate: {beats", with: "    study: \(study)\n    gate: {beats") + more
            return try Project.parse(text, file: "martlet.yaml", folder: folder)
        }
    }

    @Test func `a random study is read`() throws {
        let text =
            "{sampler: random, trials: 20, seed: 9, minimise: mae, space: {lambda_l2: {from: 0.01, to: 10, scale: log}, "
            + "max_depth: {from: 3, to: 9, step: 2}, feature_fraction: {from: 0.5, to: 1}, boosting: [gbdt, dart], extra_trees: [true, false]}}"
        let study = try #require(try project(text).models["demand"]?.study)
        #expect(study.sampler == .random(trials: 20, seed: 9))
        #expect(study.metric == .mae)
        #expect(
            study.space.dimensions == [
                "lambda_l2": .real(0.01...10, .logarithmic), "max_depth": .integer(3...9, .step(2)),
                "feature_fraction": .real(0.5...1, .linear), "boosting": .choice(["gbdt", "dart"]), "extra_trees": .choice([true, false]),
            ])
        #expect(study.points(projectSeed: 1) == study.points(projectSeed: 2))
    }

    @Test func `a grid needs no number of trials, and has all points`() throws {
        let text = "{sampler: grid, minimise: rmse, space: {max_depth: {from: 3, to: 5}, feature_fraction: [0.5, 1]}}"
        let study = try #require(try project(text).models["demand"]?.study)
        #expect(study.points(projectSeed: 1).count == 6)
        #expect(study.points(projectSeed: 1).last == ["max_depth": 5, "feature_fraction": 1.0])
    }

    @Test func `a study without a seed has that of the project`() throws {
        let text = "{sampler: random, trials: 5, minimise: rmse, space: {feature_fraction: {from: 0.5, to: 1}}}"
        let study = try #require(try project(text).models["demand"]?.study)
        #expect(study.points(projectSeed: 1) != study.points(projectSeed: 2))
        #expect(study.points(projectSeed: 1) == (0..<5).map { study.space.randomPoint($0, seed: 1) })
    }

    static let faults = [
        ("{sampler: tpe, trials: 3, minimise: rmse, space: {max_depth: [3]}}", ".sampler: expected one of random, grid, found 'tpe'"),
        ("{sampler: random, minimise: rmse, space: {max_depth: [3]}}", ": the key 'trials' is missing; say how many points are tried"),
        (
            "{sampler: random, trials: 10001, minimise: rmse, space: {max_depth: [3]}}",
            ".trials: expected a whole number from 1 to 10000, found '10001'"
        ),
        ("{sampler: random, trials: 3, minimise: r2, space: {max_depth: [3]}}", ".minimise: expected one of rmse, mae, found 'r2'"),
        (
            "{sampler: grid, trials: 3, minimise: rmse, space: {max_depth: [3]}}",
            ".trials: a grid tries all of its points, in order; remove 'trials'"
        ),
        (
            "{sampler: grid, minimise: rmse, space: {max_depth: {from: 1, to: 200}, max_bin: {from: 2, to: 200}}}",
            ".space: expected a grid of at most 10000 points, found 39800; take fewer values, or the sampler random"
        ),
        (
            "{sampler: grid, minimise: rmse, space: {lambda_l1: {from: 0, to: 1}}}",
            ".space.lambda_l1: a grid needs values to go through; add 'step', or list them"
        ),
        (
            "{sampler: grid, minimise: rmse, space: {lambda_l1: {from: 1, to: 2, scale: log}}}",
            ".space.lambda_l1: a logarithmic range has no steps to go through; list the values"
        ),
        ("{sampler: grid, minimise: rmse, space: {}}", ".space: expected parameters of LightGBM with the values to try, found a mapping"),
    ]

    /// What stands for one parameter, and its fault.
    static let parameters = [
        ("max_dept", "[3]", "'max_dept' is no parameter of LightGBM that a study can search; did you mean 'max_depth'?"),
        ("eta", "[0.1]", "'eta' is no parameter of LightGBM that a study can search; did you mean 'learning_rate'?"),
        ("learning_rate", "[0.1]", "'learning_rate' is set under 'estimator' too; remove one of the two"),
        ("max_depth", "3", "expected a list of values, or a range such as {from: 8, to: 64}, found '3'"),
        ("max_depth", "[]", "expected a list of values, or a range such as {from: 8, to: 64}, found a list"),
        ("max_depth", "[3, 3]", "expected values that differ, found one twice"),
        ("max_depth", "{from: 1, to: 9, by: 2}", "expected one of from, to, scale, step, found the key 'by'; remove it"),
        ("max_depth", "{from: 9, to: 1}", "expected a 'to' of at least 'from', found 1 below 9; exchange them"),
        ("max_depth", "{from: 1, to: 9, step: 0}", "expected a step above 0, and at most 1,000,000,000 of them in the range, found '0'"),
        ("max_depth", "{from: 1, to: 9, scale: logs}", "expected one of linear, log, found 'logs'; did you mean 'log'?"),
        ("max_depth", "{from: -1, to: 9, scale: log}", "expected a number above 0, since the scale is log, found '-1'"),
        (
            "max_depth", "{from: 1, to: 9, scale: log, step: 2}",
            "a logarithmic range has no steps to go through; remove 'step' or 'scale'"
        ),
        ("max_depth", "[2.5]", "expected a whole number, found '2.5'"),
        ("bagging_fraction", "[0]", "expected a value that 'bagging_fraction' takes, above 0 up to 1, found '0'"),
        ("max_bin", "{from: 1, to: 9}", "expected a value that 'max_bin' takes, from 2 up to 2147483647, found '1'"),
        (
            "lambda_l1", "{from: 0, to: 1, step: 1e-12}",
            "expected a step above 0, and at most 1,000,000,000 of them in the range, found '1e-12'"
        ),
        ("boosting", "[rf]", "expected one of gbdt, dart, found 'rf'"),
        ("boosting", "{from: 1, to: 2}", "expected a list of values, since 'boosting' is no number, found a mapping"),
    ]

    private func diagnostics(_ study: String) throws -> [Diagnostic] {
        try #require(#expect(throws: SpecificationError.self) { _ = try project(study) }).diagnostics
    }

    @Test(arguments: faults) func `a fault of a study is told with its place`(study: String, fault: String) throws {
        let found = try diagnostics(study)
        #expect(found.map { "\($0.path): \($0.message)" } == ["models.demand.study\(fault)"])
    }

    @Test(arguments: parameters) func `a fault of the space is told with its parameter`(name: String, values: String, fault: String) throws
    {
        let found = try diagnostics("{sampler: random, trials: 3, minimise: rmse, space: {\(name): \(values)}}")
        #expect(found.map(\.message) == [fault])
        #expect(found.allSatisfy { $0.path.hasPrefix("models.demand.study.space.\(name)") && $0.line > 1 })
    }

    // MARK: Steps that evaluate

    @Test func `a step that evaluates names a model and columns`() throws {
        let steps = "\nsteps:\n  worth: {evaluate: demand, slices: [brand, feature]}\n"
        let text = "{sampler: grid, minimise: rmse, space: {max_depth: [3]}}"
        let read = try project(text, more: steps)
        #expect(read.steps["worth"]?.work == .evaluate(model: "demand", slices: ["brand", "feature"]))
    }

    static let evaluations = [
        ("{evaluate: demands}", "steps.worth.evaluate: there is no model 'demands'; did you mean 'demand'?"),
        (
            "{evaluate: demand, inputs: {table: t.csv}}",
            "steps.worth.inputs.table: 'evaluate' reads a table 'rows' alone; remove 'table', or call it 'rows'"
        ),
        ("{evaluate: demand, slices: [a, a]}", "steps.worth.slices: expected columns that differ, found one twice"),
        ("{evaluate: demand, outputs: {x: y}}", "steps.worth.outputs: 'outputs' is for steps with 'run'; remove it"),
    ]

    @Test(arguments: evaluations) func `a fault of a step that evaluates is told with its place`(step: String, fault: String) throws {
        let study = "{sampler: grid, minimise: rmse, space: {max_depth: [3]}}"
        let error = try #require(#expect(throws: SpecificationError.self) { _ = try project(study, more: "\nsteps:\n  worth: \(step)\n") })
        let found = error.diagnostics
        #expect(found.contains { "\($0.path): \($0.message)" == fault }, "\(found)")
    }
}
