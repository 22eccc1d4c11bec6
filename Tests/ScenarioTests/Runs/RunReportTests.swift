import MartletTesting
import Testing

extension Scenarios {
    /// What people read at the end of a run.
    @Suite struct RunReportTests {
        @Test func `the end of a run tells what a study found and what a model is worth`() async throws {
            try await withWorkplace { place in
                let study = "study: {sampler: grid, minimise: rmse, space: {max_depth: [2, 6]}}"
                try place.edit("    gate: {beats", to: "    \(study)\n    gate: {beats")
                try place.edit("project: pricing\n", to: "project: pricing\nsteps:\n  worth: {evaluate: demand, slices: [brand]}\n")
                let result = try await place.run("run")
                try #require(result.status == 0, "\(result.errors)")
                let output = result.output
                #expect(output.contains("Study of demand: 2 trials, by their rmse"), "\(output)")
                #expect(output.contains("worth: model demand on 108 of 108 rows of 6 clusters (store)\n"), "\(output)")
                for name in ["log units ", "units ", "brand 1 ", "brand 2 ", "brand 3 "] {
                    #expect(output.contains("\n  \(name)"), "\(output)")
                }
            }
        }
    }
}
