import Foundation
import MartletCore
import MartletStore
import MartletTesting
import Testing

extension Scenarios {
    @Suite struct CollectedProjectTests {
        private func collect(_ place: Workplace, _ words: String...) async throws -> ProcessResult {
            let words = ["gc", "--home", place.home, "--older-than", "0"] + words
            return try await Command(try MartletBinary.path(), words, environment: ["MARTLET_HOME": "", "COLUMNS": "80"]).run()
        }

        @Test func `gc leaves what a project's steps and releases are made of, and removes the rest`() async throws {
            try await withWorkplace { place in
                try await place.withDeployedServer { server in
                    let steps = try await place.steps()
                    let blobs = BlobStore(home: Home(path: place.home))
                    let before = try Self.files(blobs)
                    let other = try blobs.put(Array("of a step that was killed".utf8))
                    let shown = try await collect(place)
                    #expect(shown.output.contains("nothing refers to 1 blob of 25 bytes"), "\(shown.output) \(shown.errors)")
                    let removed = try await collect(place, "--deleted-runs", "--delete")
                    #expect(removed.output.contains("removed 1 blob of 25 bytes"), "\(removed.output) \(removed.errors)")
                    #expect(!blobs.contains(other))
                    #expect(try Self.files(blobs) == before)
                    #expect(try await place.steps() == steps)
                    // The release is made anew of what the steps before it made.
                    try place.edit("step_max: 20%", to: "step_max: 10%")
                    try await place.makeRelease()
                    try await place.json("deploy", "price")
                    #expect(try server.decide().status == 200)
                }
            }
        }

        private static func files(_ blobs: BlobStore) throws -> [String] {
            try FileManager.default.subpathsOfDirectory(atPath: blobs.path).filter { $0.contains("/") }.sorted()
        }
    }
}
