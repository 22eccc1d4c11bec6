import Testing

@testable import MartletPipeline

@Suite struct MachineStartTests {
    @Test(arguments: [
        MachineStart.own, MachineStart(host: "a b", boot: "c", processes: 7), MachineStart(host: "", boot: "", processes: 0),
    ])
    func `a start comes back from its text`(start: MachineStart) {
        #expect(MachineStart(start.text) == start)
    }

    @Test(arguments: ["", "1", "1 boot", "x boot host", "-1 boot host"]) func `what is no start is none`(text: String) {
        #expect(MachineStart(text) == nil)
    }

    @Test func `this machine has a name, and one start`() {
        #expect(!MachineStart.own.host.isEmpty)
        #expect(MachineStart.own.seesLocks(of: .own))
        #expect(MachineStart.own.processes > 0)
    }
}
