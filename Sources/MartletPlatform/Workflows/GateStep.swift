import Foundation
package import MartletCore
import MartletFeatures
package import MartletLearn
import MartletPipeline
import MartletStore

extension ProjectPipeline {
    /// Judges a model on the held-out rows against the rule, and measures its elasticities.
    ///
    /// The step succeeds also where the model does not pass: the result says so, and no release is made of it.
    func gateStep(_ name: String, _ model: ModelSpecification, environment: JSONValue) -> Step {
        let train = Self.stepName("train", name)
        let rows = Self.stepName("features", model.features)
        return Step(
            name: Self.stepName("gate", name), code: "gate@1",
            inputs: [
                "rows": .output(step: rows, name: "rows"), "model": .output(step: train, name: "model"),
                "card": .output(step: train, name: "card"), "baseline": .output(step: train, name: "baseline"),
                "run": .output(step: train, name: "run"),
            ],
            parameters: [
                "margin": .number(model.gate.margin), "cluster": .string(model.gate.cluster),
                "slices": model.gate.slices.map(JSONValue.string) ?? .null,
                "slice_tolerance": .number(model.gate.sliceTolerance), "split": model.split.definition,
                "elasticity": model.elasticity.map { ["price": .string($0.price), "by": .string($0.by)] } ?? .null,
                "seed": .integer(Int64(clamping: platform.project.seed)),
            ],
            environment: environment
        ) { context in
            context.report(0.1, "reads the held-out rows")
            let bundle = try ModelBundle(
                platform, card: try context.input("card"), model: try context.input("model"),
                baseline: try context.input("baseline")
            )
            let path = platform.blobs.path(of: try context.input("rows"))
            let rows = try TrainingRows(
                path: path, model: model, name: name, view: bundle.assembler.view, assembler: bundle.assembler
            )
            context.report(0.4, "judges the model by slice and cluster")
            let result = try judge(bundle, model, rows)
            context.report(0.8, "measures elasticities")
            let elasticities = try model.elasticity.map { try Self.elasticities(bundle, $0, rows) } ?? []
            try await log(result, run: try platform.json(try context.input("run")).string ?? "")
            let report = GateReport(result: result, elasticities: elasticities)
            return StepResult(
                outputs: ["result": try platform.put(encoding: report)], summary: try JSONValue(encoding: report)
            )
        }
    }

    private func judge(_ bundle: ModelBundle, _ model: ModelSpecification, _ rows: TrainingRows) throws -> GateResult {
        let test = rows.parts.test
        let table = rows.table.taking(test)
        let isLog = model.link == .log
        let baseline = try bundle.rule.predict(FeatureRows(columns: table))
        let slices = try model.gate.slices.map { try rows.groups($0, test) }
        let times = try rows.groups("__time", test)
        let sample = PairedGate.Sample(
            actual: test.map { rows.target[$0] },
            candidate: isLog ? try bundle.logPredictions(table) : try bundle.quantities(table),
            baseline: isLog ? baseline : try bundle.ruleQuantities(table),
            clusters: try rows.groups(model.gate.cluster, test), slices: slices,
            shocks: test.indices.map { "\(slices?[$0] ?? "") \(times[$0])" }
        )
        let gate = PairedGate(
            margin: model.gate.margin, sliceTolerance: model.gate.sliceTolerance, seed: platform.project.seed
        )
        return try gate.judge(sample)
    }

    private func log(_ result: GateResult, run: String) async throws {
        let tracking = try await platform.tracking()
        // A model that was trained while tracking had another database has its run there.
        guard try await tracking.has(run) else { return }
        try await tracking.log(
            [
                "test_rmse": result.candidate, "test_rmse_baseline": result.baseline, "test_improvement": result.improvement.value,
                "test_improvement_low": result.improvement.low, "test_improvement_high": result.improvement.high,
            ], run: run)
        try await tracking.setTag("martlet.gate", to: result.passes ? "passed" : "refused", run: run)
    }

    /// How demand answers to the price: the arc elasticity between 10 % less and 10 % more, averaged over held-out rows.
    private static func elasticities(
        _ bundle: ModelBundle, _ specification: ElasticitySpecification, _ rows: TrainingRows
    ) throws -> [Elasticity] {
        let table = rows.table.taking(rows.parts.test)
        func quantities(_ factor: Double) throws -> [Double] {
            try bundle.quantities(table.replacing(specification.price) { $0.map { $0 * factor } })
        }
        let high = try quantities(1.1)
        let low = try quantities(0.9)
        let names = try rows.groups(specification.by, rows.parts.test)
        let arcs = high.indices.map { Foundation.log(high[$0] / low[$0]) / Foundation.log(1.1 / 0.9) }
        return Dictionary(grouping: arcs.indices) { names[$0] }
            .map { name, rows in
                Elasticity(
                    name: name, model: rows.reduce(0) { $0 + arcs[$1] } / Double(rows.count),
                    rule: bundle.rule.elasticities[name]
                )
            }
            .sorted { $0.name.isBefore($1.name) }
    }
}

extension ModelBundle {
    /// The trees' own prediction of each row's logarithm, without the factor that turns it into an expected quantity.
    func logPredictions(_ rows: Table) throws -> [Double] { try logPredictions(of: try quantities(rows), rows) }

    /// The same from the expected quantities of the rows.
    func logPredictions(of quantities: [Double], _ rows: Table) throws -> [Double] {
        let groups = try groups(rows)
        return quantities.enumerated().map { row, quantity in
            Foundation.log(quantity / card.scale.quantity(0, group: groups.count == 1 ? groups[0] : groups[row]))
        }
    }
}

extension Table {
    /// The table with one column's numbers changed.
    package func replacing(_ name: String, _ change: ([Double]) -> [Double]) throws -> Table {
        let changed = Column(name, .real(change(try column(name).doubles)))
        return Table(columns.map { $0.name == name ? changed : $0 })
    }
}

/// The elasticity of one group.
package struct Elasticity: Sendable, Equatable, Codable {
    /// The group.
    package let name: String
    /// The model's mean arc elasticity over held-out rows.
    package let model: Double
    /// The rule's slope.
    package let rule: Double?
}

/// What the gate step keeps.
package struct GateReport: Sendable, Equatable, Codable {
    package let result: GateResult
    package let elasticities: [Elasticity]
}
