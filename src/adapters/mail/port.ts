/** A mail to one person. All of it is data: no part of it may become a header of its own. */
export interface Mail {
  to: string;
  subject: string;
  /** Plain text. */
  text: string;
  /** The same at every attempt; it becomes the Message-ID, by which mail systems know a repetition. */
  messageKey: string;
}

/** Hands mail to a mail system. */
export interface Mailer {
  /**
   * @throws ForbiddenError when it was refused for good; sending it again is of no use
   * @throws UnavailableError when it was not taken now
   */
  send(mail: Mail): Promise<void>;
}
