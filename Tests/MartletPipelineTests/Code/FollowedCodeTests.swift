import MartletCore
import Testing

@testable import MartletPipeline

@Suite struct FollowedCodeTests {
    @Test func `a few are named and the rest is counted`() {
        let some = FollowedCode(files: ["b.py", "a.py"], unfollowed: [])
        #expect(some.lines == ["its code: a.py, b.py"])
        let many = FollowedCode(files: (1...7).map { "\($0).py" }, unfollowed: (1...6).map { "s\($0)" })
        #expect(many.lines.first == "its code: 1.py, 2.py, 3.py, 4.py, 5.py and 2 more files")
        #expect(many.lines.dropFirst(2) == ["  s1", "  s2", "  s3", "  s4", "  s5", "  and 1 more"])
        #expect(many.lines[1].contains("'code'"))
    }

    @Test func `a command without files of the project says so, and a step of this program nothing`() {
        var command = Step(
            name: "a", code: ["files": [:]], inputs: [:], parameters: [:], environment: [:],
            work: .command(CommandWork(words: .shell("true"), folder: "/", outputs: [:])))
        #expect(command.followedCode?.lines == ["its code: no file of the project"])
        command.unfollowedCode = ["x"]
        #expect(command.followedCode?.unfollowed == ["x"])
        let own = Step(name: "b", code: "1", inputs: [:], parameters: [:], environment: [:]) { _ in StepResult(outputs: [:]) }
        #expect(own.followedCode == nil)
    }
}
