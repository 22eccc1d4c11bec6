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

    @Test func `this process may use at least one, and no more than taskset says`() async throws {
        let told = try await Command("/usr/bin/nproc", []).run()
        #expect(Processors.usableCount == Int(told.output.split(separator: "\n").first ?? ""))
    }
}
