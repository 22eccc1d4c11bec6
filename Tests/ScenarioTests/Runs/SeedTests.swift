import MartletCore
import MartletTesting
import Testing

extension Scenarios {
    @Suite struct SeedTests {
        private func release(seed: Int) async throws -> String {
            try await withWorkplace(change: { $0.projectSeed = seed }) { try await $0.makeRelease() }
        }

        @Test func `equal seeds make equal bytes in two homes`() async throws {
            let first = try await release(seed: 7)
            let second = try await release(seed: 7)
            #expect(first == second)
        }

        @Test func `another seed makes another release`() async throws {
            let first = try await release(seed: 7)
            let second = try await release(seed: 8)
            #expect(first != second)
        }
    }
}
