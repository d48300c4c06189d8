/** A request to somebody's address. */
export interface Post {
  /** `http://` or `https://`. */
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** Posts to addresses that people have named, without being led into the server's own network. */
export interface PostSender {
  /**
   * @returns the status of the answer, whatever it is; a redirect is not followed
   * @throws ForbiddenError when the address is private and private addresses are not allowed
   * @throws UnavailableError when there was no answer
   */
  post(post: Post): Promise<{ status: number }>;
}
