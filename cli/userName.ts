// Who is at the keyboard, as a pull request would name them.
import { userInfo } from "node:os";
import { execa } from "execa";

/** `Name <email>` as git in `cwd` has it, else the operating system's user. */
export async function readUserName(cwd: string): Promise<string> {
  const [name, email] = await Promise.all([
    readGitConfig("user.name", cwd),
    readGitConfig("user.email", cwd),
  ]);
  if (name !== "") return email === "" ? name : `${name} <${email}>`;
  return email === "" ? systemUser() : email;
}

async function readGitConfig(key: string, cwd: string): Promise<string> {
  // Without git, or outside of a clone, there is simply no such name.
  const { stdout } = await execa("git", ["config", "--get", key], { cwd, reject: false });
  return stdout.trim();
}

function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run with a uid that has no name.
    return `uid ${String(process.getuid?.() ?? "unknown")}`;
  }
}
