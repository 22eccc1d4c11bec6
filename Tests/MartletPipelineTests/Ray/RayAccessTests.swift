import MartletCore
import Testing

@testable import MartletPipeline

@Suite struct RayAccessTests {
    private func access(_ environment: [String: String], files: [String: String] = [:]) throws -> RayAccess {
        try RayAccess(environment: environment) { files[$0] }
    }

    @Test func `the token comes from the environment, then from the file that is named, then from the home folder`() throws {
        let files = ["/token": "from-path\n", "/home/me/.ray/auth_token": "from-home\n"]
        var environment = ["HOME": "/home/me", "RAY_AUTH_TOKEN_PATH": "/token", "RAY_AUTH_TOKEN": " from-environment "]
        #expect(try access(environment, files: files).headers == ["authorization": "Bearer from-environment"])
        environment["RAY_AUTH_TOKEN"] = ""
        #expect(try access(environment, files: files).headers == ["authorization": "Bearer from-path"])
        environment["RAY_AUTH_TOKEN_PATH"] = nil
        #expect(try access(environment, files: files).headers == ["authorization": "Bearer from-home"])
    }

    @Test func `without a token nothing is shown`() throws {
        #expect(try access(["HOME": "/home/me"]).headers.isEmpty)
        #expect(try access([:]).headers.isEmpty)
        #expect(RayAccess() == RayAccess(token: nil))
    }

    @Test func `a file of a token that is named must be there`() throws {
        let error = try #require(throws: MartletError.self) { try access(["RAY_AUTH_TOKEN_PATH": "/none"]) }
        #expect(error.message == "RAY_AUTH_TOKEN_PATH names '/none', and no file is there: write the token into it")
    }

    @Test(arguments: ["a\r\nb", "a b", "é"])
    func `a token cannot smuggle a header in, and is not told`(token: String) throws {
        let error = try #require(throws: MartletError.self) { try access(["RAY_AUTH_TOKEN": token]) }
        #expect(error.code == .invalidInput)
        #expect(!error.message.contains(token))
    }

    @Test func `headers for what stands before Ray are sent as well, and the token goes before them`() throws {
        let environment = ["RAY_JOB_HEADERS": #"{"X-Team": "data", "Authorization": "Basic x"}"#]
        #expect(try access(environment).headers == ["x-team": "data", "authorization": "Basic x"])
        #expect(
            try access(environment.merging(["RAY_AUTH_TOKEN": "t"]) { $1 }).headers == ["x-team": "data", "authorization": "Bearer t"])
    }

    @Test(arguments: ["[]", #"{"a": 1}"#, "x"])
    func `headers that are no object of texts are refused`(text: String) throws {
        let error = try #require(throws: MartletError.self) { try access(["RAY_JOB_HEADERS": text]) }
        #expect(error.message.contains("RAY_JOB_HEADERS"))
    }
}
