import MartletTesting
import Testing

@testable import MartletCore

@Suite struct ProcessorsTests {
    @Test(arguments: [
        ("Name:\tx\nCpus_allowed:\t3\nCpus_allowed_list:\t0-1\n", 2), ("Cpus_allowed:\t1\n", 1), ("Cpus_allowed:\tffffffff,ffffffff\n", 64),
        ("Cpus_allowed:\t00000000,0000a000\n", 2), ("Cpus_allowed_list:\t0-1\n", nil), ("Cpus_allowed:\t0\n", nil), ("", nil),
    ])
    func `the mask of a process says how many processors it may use`(status: String, count: Int?) {
        #expect(Processors.allowedCount(status) == count)
    }

    @Test(arguments: [(4, nil, 4), (4, 8.0, 4), (4, 2.0, 2), (4, 1.5, 2), (4, 0.1, 1)] as [(Int, Double?, Int)])
    func `a limit of time leaves as many as it is worth, and at least one`(allowed: Int, cores: Double?, count: Int) {
        #expect(Processors.usableCount(allowed: allowed, cores: cores) == count)
    }

    @Test func `this process may use at least one, and no more than taskset says`() async throws {
        let told = try await Command("/usr/bin/nproc", []).run()
        let allowed = try #require(Int(told.output.split(separator: "\n").first ?? ""))
        #expect((1...allowed).contains(Processors.usableCount))
    }
}
