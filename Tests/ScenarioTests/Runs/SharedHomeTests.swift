import Foundation
import MartletCore
import MartletStore
import MartletTesting
import Testing

extension Scenarios {
    @Suite struct SharedHomeTests {
        /// Holds the lock that runs of a home take, as a run of another process would.
        private func withHeldHome<Result>(_ place: Workplace, _ body: (FileLock) async throws -> Result) async throws -> Result {
            try FileManager.default.createDirectory(atPath: "\(place.home)/locks", withIntermediateDirectories: true)
            let lock = try FileLock.acquire(path: "\(place.home)/locks/run", purpose: "a test", waitAtMost: .zero)
            defer { lock.release() }
            return try await body(lock)
        }

        @Test func `two runs at once wait for one another and agree`() async throws {
            try await withWorkplace { place in
                let (first, second) = try await withHeldHome(place) { lock in
                    let runs = try [RunningProcess(place.command("run")), RunningProcess(place.command("run"))]
                    defer { runs.forEach { $0.stop() } }
                    for run in runs { try await run.says("process \(ProcessInfo.processInfo.processIdentifier)") }
                    lock.release()
                    return (try await runs[0].end(), try await runs[1].end())
                }
                #expect([first.status, second.status] == [0, 0], "\(first.errors)\(second.errors)")
                #expect(first.output == second.output)
                let executed = [first, second].map { $0.errors.split(separator: "\n").count { $0.hasPrefix("✓") } }
                #expect(executed.sorted() == [0, 5], "one runs all steps, the other none")
            }
        }

        @Test func `a run that may not wait says who holds the home`() async throws {
            try await withWorkplace { place in
                let refused = try await withHeldHome(place) { _ in try await place.run("run", "--no-wait") }
                #expect(refused.status == 75)
                #expect(refused.errors.contains("process \(ProcessInfo.processInfo.processIdentifier) ('a test'"))
            }
        }

        @Test func `a second server of a home is refused and says who holds it`() async throws {
            try await withWorkplace { place in
                try await place.withDeployedServer { server in
                    let second = try await place.server.run()
                    #expect(second.status == 75)
                    #expect(second.errors.contains("process \(server.process.pid) ('martlet up'"))
                    #expect(try server.decide().status == 200)
                }
            }
        }
    }
}
