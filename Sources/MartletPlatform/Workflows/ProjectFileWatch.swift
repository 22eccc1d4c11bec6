import Foundation
import MartletCore
package import MartletPipeline

/// Sees when a project's files are not any more what a program has read: it goes on with what it read.
package struct ProjectFileWatch: Sendable {
    private let project: Project

    package init(_ project: Project) { self.project = project }

    /// The files that are others now, by their paths from the project's folder on; one that is gone is another one too.
    package var changed: [String] {
        project.origin.texts.filter { path, text in
            FileManager.default.contents(atPath: project.place(path)) != Data(text.utf8)
        }.keys.sorted()
    }

    /// Looks until cancelled. - Parameter tell: told of each new list of files, also of one that is empty again.
    package func run(every interval: Duration, by clock: any RunClock = SystemClock(), tell: ([String]) -> Void) async {
        var told: [String] = []
        while !Task.isCancelled {
            let found = changed
            if found != told { tell(found) }
            told = found
            await clock.wait(until: clock.now + interval)
        }
    }
}
