import Foundation
package import MartletCore
import MartletFeatures
import MartletLearn
import MartletPipeline
import MartletRegistry
import MartletRollout
import MartletStore

extension ProjectPipeline {
    /// Makes a release of an endpoint's model, if the gate lets it.
    func releaseStep(_ name: String, _ endpoint: EndpointSpecification, environment: JSONValue) throws -> Step {
        guard let model = platform.project.models[endpoint.model], let view = platform.project.features[model.features] else {
            throw MartletError(.notFound, "endpoint '\(name)': there is no model '\(endpoint.model)'")
        }
        let train = Self.stepName("train", endpoint.model)
        let dataset = Self.stepName("dataset", view.source)
        return Step(
            name: Self.stepName("release", name), code: "release@1",
            inputs: [
                "model": .output(step: train, name: "model"), "card": .output(step: train, name: "card"),
                "baseline": .output(step: train, name: "baseline"), "run": .output(step: train, name: "run"),
                "gate": .output(step: Self.stepName("gate", endpoint.model), name: "result"),
                "online": .output(step: Self.stepName("features", model.features), name: "online"),
                "snapshot": .output(step: dataset, name: "snapshot"),
                "contract": .output(step: dataset, name: "contract"),
            ],
            parameters: ["endpoint": endpoint.definition, "code": .string(Platform.version)],
            environment: environment
        ) { context in
            let report = try platform.json(try context.input("gate")).decoded(as: GateReport.self)
            guard report.result.passes else {
                throw MartletError(
                    .gateRefused,
                    "model '\(endpoint.model)' does not pass its gate, so no release is made: "
                        + report.result.refusals.joined(separator: "; ")
                )
            }
            let release = try Release(
                name: name, parts: try parts(context, endpoint, dataset: view.source, features: Digest(of: view.definition))
            )
            let record = try platform.records.register(
                release.digest, name: name, run: try platform.json(try context.input("run")).string,
                manifest: release.manifest, at: .now
            )
            try await platform.tracking().noteReleases(of: name)
            return StepResult(
                outputs: ["manifest": try platform.put(release.manifest)],
                summary: ["release": .string(release.digest.description), "version": .integer(Int64(record.version))]
            )
        }
    }

    private func parts(
        _ context: StepContext, _ endpoint: EndpointSpecification, dataset: String, features: Digest
    ) throws -> [String: JSONValue] {
        func digest(_ name: String) throws -> JSONValue { .string(try context.input(name).description) }
        return [
            "endpoint": endpoint.definition,
            "model": try digest("model"),
            "card": try digest("card"),
            "baseline": try digest("baseline"),
            "code": .string("martlet \(Platform.version)"),
            "environment": try environmentPart(),
            "snapshots": [dataset: try digest("snapshot")],
            "features": .string(features.description),
            "contracts": [dataset: try digest("contract")],
            "gate": try digest("gate"),
            "online": try digest("online"),
        ]
    }

    private func environmentPart() throws -> JSONValue {
        [
            "duckdb": try engine("libduckdb.so"), "lightgbm": try engine("lib_lightgbm.so"),
            "platform": .string(Platform.machine), "training_threads": .integer(Int64(Self.trainingThreads)),
        ]
    }
}

extension EndpointSpecification {
    /// The endpoint as a release keeps it.
    package var definition: JSONValue {
        let policy = decision.policy
        return [
            "model": .string(model),
            "price": .string(decision.price),
            "candidates": .integer(Int64(policy.candidateCount)),
            "tick": .number(policy.tick),
            "margin_min": .number(policy.marginMin),
            "step_max": policy.stepMax.map(JSONValue.number) ?? .null,
            "endings": .array(policy.endings.sorted().map { .integer(Int64($0)) }),
            "explore": .number(policy.exploration),
            "lowest": .string(decision.lowest),
            "highest": .string(decision.highest),
            "today": .string(decision.today),
            "cost": .string(decision.cost),
        ]
    }

    /// The endpoint of a release's definition. - Throws: `corrupt`.
    package init(definition: JSONValue) throws {
        guard let model = definition["model"]?.string, let price = definition["price"]?.string,
            let candidates = definition["candidates"]?.int, (2...10_000).contains(candidates),
            let tick = definition["tick"]?.double, tick > 0, let marginMin = definition["margin_min"]?.double,
            let explore = definition["explore"]?.double, let lowest = definition["lowest"]?.string,
            let highest = definition["highest"]?.string, let today = definition["today"]?.string,
            let cost = definition["cost"]?.string
        else {
            throw MartletError(.corrupt, "expected an endpoint's definition, found \(definition.canonicalText.prefix(200))")
        }
        let endings = definition["endings"]?.array?.compactMap { $0.int.map(Int.init) } ?? []
        self.init(
            model: model,
            decision: DecisionSpecification(
                price: price,
                policy: .init(
                    candidateCount: Int(candidates), tick: tick, marginMin: marginMin, stepMax: definition["step_max"]?.double,
                    endings: Set(endings), exploration: explore
                ),
                lowest: lowest, highest: highest, today: today, cost: cost
            )
        )
    }
}
