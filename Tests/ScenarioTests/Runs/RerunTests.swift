import MartletCore
import MartletTesting
import Testing

extension Scenarios {
    @Suite struct RerunTests {
        @Test func `a second run does nothing`() async throws {
            try await withWorkplace { place in
                let first = try await place.steps()
                let second = try await place.run("run")
                #expect(second.errors.split(separator: "\n").allSatisfy { $0.hasPrefix("= ") && $0.hasSuffix(": fresh") })
                #expect(second.errors.split(separator: "\n").count == 5)
                let third = try await place.steps()
                #expect(third == first, "also the times at which the steps ran are those of the first run")
            }
        }

        @Test func `a changed parameter is named and only what depends on it is stale`() async throws {
            try await withWorkplace { place in
                let first = try await place.steps()
                try place.edit("learning_rate: 0.15", to: "learning_rate: 0.2")
                let explained = try await place.explained()
                #expect(
                    explained.mapValues { $0["state"]?.string } == [
                        "dataset sales": "fresh", "features shelf": "fresh", "train demand": "stale", "gate demand": "waits",
                        "release price": "waits",
                    ])
                #expect(explained["train demand"]?["reasons"] == ["parameters.lightgbm.learning_rate: 0.15 → 0.2"])
                let second = try await place.steps()
                #expect(second["features shelf"] == first["features shelf"])
                #expect(second["release price"]?["outputs"] != first["release price"]?["outputs"])
            }
        }

        @Test func `a guardrail that changes makes another release of the same model`() async throws {
            try await withWorkplace { place in
                let first = try await place.steps()
                try place.edit("step_max: 20%", to: "step_max: 10%")
                let second = try await place.steps()
                for step in ["dataset sales", "features shelf", "train demand", "gate demand"] {
                    #expect(second[step] == first[step])
                }
                #expect(second["release price"]?["summary"]?["version"] == 2)
            }
        }

        @Test func `rows that only the quarantine sees make nothing else stale`() async throws {
            try await withWorkplace { place in
                let first = try await place.steps()
                try place.append(["1,1,41,0,1.2,cheap,2,2.5,3"])
                let explained = try await place.explained()
                #expect(explained["dataset sales"]?["state"] == "stale")
                let second = try await place.steps()
                #expect(second["dataset sales"]?["summary"]?["quarantined"] == 1)
                #expect(second["features shelf"] == first["features shelf"])
                #expect(second["release price"] == first["release price"])
            }
        }

        @Test func `explaining runs nothing`() async throws {
            try await withWorkplace { place in
                let first = try await place.explained()
                let second = try await place.explained()
                #expect(first["dataset sales"]?["reasons"] == ["it was not made yet"])
                #expect(second == first)
            }
        }
    }
}
