import MartletCore
import MartletTesting
import Testing

extension Scenarios {
    /// The client of MLflow 2 keeps traces, which it ends by other requests than that of MLflow 3.
    @Suite struct MLflow2TraceTests {
        @Test func `MLflow 2's client sees the traces that MLflow's own server shows`() async throws {
            try await TrackingHome.with { home in
                let expected = try #require(try TrackingHome.recorded("mlflow_traces_2").object)
                let found = try await home.serving { try await home.seen(by: "mlflow_traces_2.py", $0, with: .mlflow2) }
                for (area, members) in expected.sorted(by: { $0.key < $1.key }) {
                    for (key, value) in try #require(members.object) { #expect(found[area]?[key] == value, "\(area): \(key)") }
                }
            }
        }
    }
}
