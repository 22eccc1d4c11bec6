import ArgumentParser

struct History: AsyncParsableCommand {
    func run() async throws {}
}
